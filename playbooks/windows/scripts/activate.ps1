# keyturn activate 1
# Activates the licence whose id is given, and reads how it stands afterwards. That the method returned proves nothing;
# the status does (1 is licensed).
try {
    $filter = "ID='$($given.id)'"
    $product = Get-CimInstance -ClassName SoftwareLicensingProduct -Filter $filter
    $service = Get-CimInstance -ClassName SoftwareLicensingService
    if ($null -eq $product) { throw "0xC004F014: no licence of this PC has the id $($given.id)" }
    $null = Invoke-CimMethod -InputObject $product -MethodName Activate
    try { $null = Invoke-CimMethod -InputObject $service -MethodName RefreshLicenseStatus } catch { $service = $null }
    $after = Get-CimInstance -ClassName SoftwareLicensingProduct -Filter $filter
    $answer = [ordered]@{
        ok     = $true
        status = $after.LicenseStatus
        reason = '0x{0:X8}' -f [uint32]$after.LicenseStatusReason
    }
} catch {
    $problem = $_
    $answer = Get-Failure
}
ConvertTo-Json -Compress -Depth 3 -InputObject $answer
