# keyturn conformance 1
# Says back what it was given, so that what comes out of a session can be compared with what went in. It changes nothing.
$tails = @()
for ($left = [int]$given.secrets; $left -gt 0; $left--) {
    $line = [Console]::In.ReadLine()
    $tails += $line.Substring([Math]::Max(0, $line.Length - 5))
}
if ($given.error) {
    Write-Output -InputObject $given.text
    throw $given.error
}
$answer = [ordered]@{ mark = $given.mark; text = $given.text * [int]$given.times; tails = $tails }
ConvertTo-Json -Compress -Depth 3 -InputObject $answer
