# keyturn install_key 1
# Installs the product key that arrives on standard input, unless slmgr is about to (given.note). The key is handed
# to the licensing service inside a hashtable: no command line, no script block and no parameter log ever holds it. The
# registry note (last five, time, whether a restart must follow) lets a later run tell whether Windows was restarted since.
$key = [Console]::In.ReadLine()
try {
    $refreshed = $true
    if (-not $given.note) {
        $service = Get-CimInstance -ClassName SoftwareLicensingService
        $null = Invoke-CimMethod -InputObject $service -MethodName InstallProductKey -Arguments @{ ProductKey = $key }
        try { $null = Invoke-CimMethod -InputObject $service -MethodName RefreshLicenseStatus } catch { $refreshed = $false }
    }
    $noted = $true
    try {
        $own = 'HKLM:\SOFTWARE\keyturn'
        if (-not (Test-Path -Path $own)) { $null = New-Item -Path $own }
        $moment = (Get-Date).ToUniversalTime().ToString('o')
        $last5 = $key.Substring($key.Length - 5)
        Set-ItemProperty -Path $own -Name InstalledLast5 -Value $last5
        Set-ItemProperty -Path $own -Name InstalledAt -Value $moment
        Set-ItemProperty -Path $own -Name InstalledRestart -Value ([int][bool]$given.restart)
    } catch { $noted = $false }
    $answer = [ordered]@{ ok = $true; refreshed = $refreshed; noted = $noted }
} catch {
    $problem = $_
    $answer = Get-Failure
}
ConvertTo-Json -Compress -Depth 3 -InputObject $answer
