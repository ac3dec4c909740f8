# keyturn message 1
# Shows a text to everybody who is logged on. msg.exe is missing on Home; the text goes as an argument, because as input it
# would be read in the code page of the console. PowerShell 5.1 does not escape quotes in arguments.
$program = "$env:SystemRoot\System32\msg.exe"
if (Test-Path -LiteralPath $program) {
    $null = & $program '*' '/TIME:3600' ([string]$given.text).Replace('"', "'")
    $answer = [ordered]@{ ok = ($LASTEXITCODE -eq 0); why = "msg.exe ended with $LASTEXITCODE" }
} else {
    $answer = [ordered]@{ ok = $false; why = 'msg.exe is missing, it is not part of Windows Home' }
}
ConvertTo-Json -Compress -Depth 2 -InputObject $answer
