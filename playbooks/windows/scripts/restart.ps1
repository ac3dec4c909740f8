# keyturn restart 1
# Announces and starts one restart. The mark that the logon screen sets is removed first, so that a later look can tell
# "up again" from "still going down". Nothing is restarted while changepk.exe works, because that breaks the upgrade.
try {
    $working = @(Get-Process -Name 'changepk' -ErrorAction SilentlyContinue)
    if ($working.Count -gt 0) {
        $answer = [ordered]@{ ok = $false; code = '0x80070652'; message = 'changepk.exe is still at work' }
    } else {
        $mark = 'HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon\AutoLogonChecked'
        $marked = $true
        try { if (Test-Path -Path $mark) { Remove-Item -Path $mark } } catch { $marked = $false }
        $program = "$env:SystemRoot\System32\shutdown.exe"
        $started = (Get-Date).ToUniversalTime().ToString('o')
        & $program /r /t $given.seconds /c $given.text | Out-Null
        $rc = $LASTEXITCODE
        if ($rc -eq 1190) {
            & $program /a | Out-Null
            & $program /r /t $given.seconds /c $given.text | Out-Null
            $rc = $LASTEXITCODE
        }
        $answer = [ordered]@{ ok = ($rc -eq 0 -or $rc -eq 1115); rc = $rc; at = $started; code = ('0x{0:X8}' -f $rc); marked = $marked }
    }
} catch {
    $problem = $_
    $answer = Get-Failure
}
ConvertTo-Json -Compress -Depth 3 -InputObject $answer
