# keyturn forget_data 1
# Deletes keyturn's record of the users' files for one order.
try {
    $folder = "$env:ProgramData\keyturn\$($given.reference)"
    if (Test-Path -LiteralPath $folder) { Remove-Item -LiteralPath $folder -Recurse -Force }
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
