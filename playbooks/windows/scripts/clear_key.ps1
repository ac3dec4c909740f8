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
    $code = $null
    try { $code = '0x{0:X8}' -f [uint32]$problem.Exception.ErrorData.CimInstanceProperties['error_Code'].Value } catch { $code = $null }
    if ($code -notmatch '^0x[48C]') {
        $code = '0x{0:X8}' -f $problem.Exception.HResult
        $told = [string]$problem.Exception.MessageId + ' ' + [string]$problem.Exception.Message
        if ($told -match '0x[0-9A-Fa-f]{8}') { $code = $Matches[0] }
    }
    $message = [string]$problem.Exception.Message
    $answer = [ordered]@{ ok = $false; code = $code; message = $message }
}
ConvertTo-Json -Compress -Depth 3 -InputObject $answer
