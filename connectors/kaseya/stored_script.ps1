# keyturn stored script 1
# Runs one command for keyturn and prints its result as the last line. Paste it once into the tenant, unchanged, for
# Windows PowerShell 5.1, as SYSTEM. It takes one text, called payload: base64 of UTF-8 JSON with
#   id       a GUID, repeated in the result      kind   powershell or cmd
#   text     what to run                         seconds  after which it is ended
#   until    Unix time after which it is not begun any more
#   line     characters of the longest line of the result, 0 for any
# The text comes as the variable $payload, as the first argument or as an environment variable, as the tenant has it, or
# as the path of a file that holds it, which is deleted.
# Nothing secret is ever sent through it: the tenant keeps both the text and the result.
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
if (-not (Test-Path -Path Variable:payload) -or -not $payload) {
    if ($args.Count -gt 0) { $payload = [string]$args[0] } else { $payload = [string]$env:payload }
}
if ($payload.Length -lt 260 -and (Test-Path -LiteralPath $payload -PathType Leaf)) {
    $file = $payload
    $payload = [IO.File]::ReadAllText($file)
    Remove-Item -LiteralPath $file -Force
}
try { [Console]::OutputEncoding = New-Object -TypeName Text.UTF8Encoding -ArgumentList $false } catch { $null = $_ }
$job = [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($payload.Trim())) | ConvertFrom-Json
$now = [long]([DateTime]::UtcNow - [DateTime]'1970-01-01').TotalSeconds
if ($now -gt [long]$job.until) {
    $result = [ordered]@{ id = $job.id; late = $true }
} else {
    $system = "$env:SystemRoot\System32"
    if ([Environment]::Is64BitOperatingSystem -and -not [Environment]::Is64BitProcess) { $system = "$env:SystemRoot\Sysnative" }
    $start = New-Object -TypeName Diagnostics.ProcessStartInfo
    $feed = ''
    if ($job.kind -eq 'cmd') {
        $start.FileName = "$system\cmd.exe"
        $start.Arguments = '/d /s /c "' + $job.text + '"'
    } elseif ($job.kind -eq 'powershell') {
        # The text goes by standard input, because a command line may be written to the audit log and is short. A byte
        # order mark that .NET may put before it is dropped with everything else that is not base64.
        $reader = '$line=[Console]::In.ReadLine() -replace "[^A-Za-z0-9+/=]","";' +
            '& ([ScriptBlock]::Create([Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($line))))'
        $start.FileName = "$system\WindowsPowerShell\v1.0\powershell.exe"
        $start.Arguments = '-NoLogo -NoProfile -NonInteractive -OutputFormat Text -ExecutionPolicy Bypass -EncodedCommand ' +
            [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($reader))
        $feed = [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes([string]$job.text))
    } else {
        throw "unknown kind $($job.kind)"
    }
    $start.UseShellExecute = $false
    $start.CreateNoWindow = $false
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    $process = [Diagnostics.Process]::Start($start)
    $output = New-Object -TypeName IO.MemoryStream
    $errors = New-Object -TypeName IO.MemoryStream
    $tasks = @(
        $process.StandardOutput.BaseStream.CopyToAsync($output)
        $process.StandardError.BaseStream.CopyToAsync($errors)
    )
    if ($feed) { $process.StandardInput.WriteLine($feed) }
    $process.StandardInput.Close()
    $exit = $null
    if ($process.WaitForExit(1000 * [int]$job.seconds)) {
        $exit = $process.ExitCode
    } else {
        $null = & "$system\taskkill.exe" /T /F /PID $process.Id
    }
    $null = [Threading.Tasks.Task]::WaitAll([Threading.Tasks.Task[]]$tasks, 5000)
    $result = [ordered]@{
        id         = $job.id
        exit       = $exit
        stdout_b64 = [Convert]::ToBase64String($output.ToArray())
        stderr_b64 = [Convert]::ToBase64String($errors.ToArray())
    }
}
$whole = ConvertTo-Json -Compress -Depth 2 -InputObject $result
$longest = [int]$job.line
if ($longest -le 0 -or $whole.Length -le $longest) {
    Write-Output -InputObject $whole
} else {
    $data = [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes($whole))
    $count = [int][Math]::Ceiling($data.Length / $longest)
    for ($part = 1; $part -le $count; $part++) {
        $from = ($part - 1) * $longest
        $piece = $data.Substring($from, [Math]::Min($longest, $data.Length - $from))
        $one = [ordered]@{ id = $job.id; part = $part; of = $count; data = $piece }
        Write-Output -InputObject (ConvertTo-Json -Compress -Depth 2 -InputObject $one)
    }
}
