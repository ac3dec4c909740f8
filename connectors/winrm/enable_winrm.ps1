# keyturn enable_winrm 1
# Switches WinRM on, so that a product key can take a private way to this PC. The firewall rules that come with it let in
# the local subnet only, where the network is public (Microsoft Learn, "Enable-PSRemoting").
try {
    $null = Enable-PSRemoting -Force -SkipNetworkProfileCheck
    $service = Get-Service -Name 'WinRM'
    $answer = [ordered]@{ ok = ($service.Status -eq 'Running'); status = [string]$service.Status }
} catch {
    $answer = [ordered]@{ ok = $false; message = [string]$_.Exception.Message }
}
ConvertTo-Json -Compress -Depth 3 -InputObject $answer
