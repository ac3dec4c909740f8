# keyturn change_edition 1
# Changes the edition of a Windows Server with DISM and the key that arrives on standard input. DISM takes the key only as
# an argument, so this script refuses when the PC records command lines.
$key = [Console]::In.ReadLine()
try {
    $audit = 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System\Audit'
    $auditing = $false
    if (Test-Path -Path $audit) { $auditing = (Get-ItemProperty -Path $audit).ProcessCreationIncludeCmdLine_Enabled -eq 1 }
    if ($auditing) {
        $answer = [ordered]@{ ok = $false; code = 'auditing'; message = 'this PC records command lines' }
    } else {
        & "$env:SystemRoot\System32\Dism.exe" /English /Online "/Set-Edition:$($given.edition)" "/ProductKey:$key" /AcceptEula /NoRestart /Quiet | Out-Null
        $rc = $LASTEXITCODE
        $noted = $true
        if ($rc -eq 0 -or $rc -eq 3010) {
            try {
                $own = 'HKLM:\SOFTWARE\keyturn'
                if (-not (Test-Path -Path $own)) { $null = New-Item -Path $own }
                $moment = (Get-Date).ToUniversalTime().ToString('o')
                $last5 = $key.Substring($key.Length - 5)
                Set-ItemProperty -Path $own -Name InstalledLast5 -Value $last5
                Set-ItemProperty -Path $own -Name InstalledAt -Value $moment
                Set-ItemProperty -Path $own -Name InstalledRestart -Value 1
            } catch { $noted = $false }
        }
        $answer = [ordered]@{ ok = ($rc -eq 0 -or $rc -eq 3010); rc = $rc; code = ('0x{0:X8}' -f $rc); noted = $noted }
    }
} catch {
    $problem = $_
    $answer = Get-Failure
}
ConvertTo-Json -Compress -Depth 3 -InputObject $answer
