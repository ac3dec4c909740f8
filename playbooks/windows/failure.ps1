# What went wrong, as every script tells it: the code that Windows gave (with a CIM error, in a text, or of the exception
# itself) and the words, without the product key. It takes no arguments, because a module log would keep them: $problem and
# $key are those of the script that calls it.
function Get-Failure {
    $code = $null
    try { $code = '0x{0:X8}' -f [uint32]$problem.Exception.ErrorData.CimInstanceProperties['error_Code'].Value } catch { $code = $null }
    if ($code -notmatch '^0x[48C]') {
        $code = '0x{0:X8}' -f $problem.Exception.HResult
        $told = [string]$problem.Exception.MessageId + ' ' + [string]$problem.Exception.Message
        if ($told -match '0x[0-9A-Fa-f]{8}') { $code = $Matches[0] }
    }
    $message = [string]$problem.Exception.Message
    if ($key) { $message = $message.Replace($key, '<product key>') }
    [ordered]@{ ok = $false; code = $code; message = $message }
}

