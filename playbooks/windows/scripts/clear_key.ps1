# keyturn clear_key 1
# Removes the readable copy of the product key from the registry, unless slmgr has done so before (given.note), and notes
# for which order. The licence itself stays.
try {
    if (-not $given.note) {
        $service = Get-CimInstance -ClassName SoftwareLicensingService
        $null = Invoke-CimMethod -InputObject $service -MethodName ClearProductKeyFromRegistry
    }
    $own = 'HKLM:\SOFTWARE\keyturn'
    if (-not (Test-Path -Path $own)) { $null = New-Item -Path $own }
    Set-ItemProperty -Path $own -Name ClearedFor -Value $given.reference
    $answer = [ordered]@{ ok = $true }
} catch {
    $problem = $_
    $answer = Get-Failure
}
ConvertTo-Json -Compress -Depth 3 -InputObject $answer
