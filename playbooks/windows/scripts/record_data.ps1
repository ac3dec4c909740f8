# keyturn record_data 1
# Writes down which files the users have (path, size, time of change), so that a later look can prove that all are still
# there. Junctions are not followed, files that live in the cloud are counted and not listed, nothing is opened. A record
# that can be read is kept, because a second one would hide what was lost in between; half a record never gets its name.
try {
    $folder = "$env:ProgramData\keyturn\$($given.reference)"
    $summary = "$folder\recorded.json"
    $answer = $null
    if (Test-Path -LiteralPath $summary) {
        try { $answer = Get-Content -LiteralPath $summary -Raw | ConvertFrom-Json } catch { $answer = $null }
    }
    if ($null -eq $answer -or $answer.ok -ne $true) {
        $null = New-Item -ItemType Directory -Path $folder -Force
        & "$env:SystemRoot\System32\icacls.exe" $folder /setowner '*S-1-5-32-544' | Out-Null
        if ($LASTEXITCODE -ne 0) { throw "the folder of the record could not be given to the administrators: $LASTEXITCODE" }
        & "$env:SystemRoot\System32\icacls.exe" $folder /inheritance:r /grant:r '*S-1-5-18:(OI)(CI)F' '*S-1-5-32-544:(OI)(CI)F' | Out-Null
        if ($LASTEXITCODE -ne 0) { throw "the folder of the record could not be closed to others: $LASTEXITCODE" }
        $start = (Get-Date).ToUniversalTime()
        $lines = New-Object System.Collections.ArrayList
        $null = $lines.Add('size, time of change, path')
        $bytes = 0
        $cloud = 0
        $unreadable = 0
        $people = @(Get-CimInstance -ClassName Win32_UserProfile -Filter 'Special=FALSE')
        $waiting = New-Object System.Collections.Stack
        foreach ($person in $people) {
            foreach ($name in @('Desktop', 'Documents', 'Downloads', 'Favorites', 'Music', 'Pictures', 'Videos')) {
                $top = "$($person.LocalPath)\$name"
                if (Test-Path -LiteralPath $top) { $waiting.Push($top) }
            }
            foreach ($synced in @(Get-ChildItem -LiteralPath $person.LocalPath -Directory -Filter 'OneDrive*' -ErrorAction SilentlyContinue)) {
                $waiting.Push($synced.FullName)
            }
        }
        while ($waiting.Count -gt 0) {
            $place = $waiting.Pop()
            try { $items = @(Get-ChildItem -LiteralPath $place -Force) } catch { $items = @(); $unreadable += 1 }
            foreach ($item in $items) {
                $marks = [int]$item.Attributes
                if ($item.PSIsContainer) {
                    if (($marks -band 0x400) -eq 0) { $waiting.Push($item.FullName) }
                } elseif (($marks -band 0x441000) -ne 0) {
                    $cloud += 1
                } else {
                    $bytes += $item.Length
                    $null = $lines.Add("$($item.Length)`t$($item.LastWriteTimeUtc.Ticks)`t$($item.FullName)")
                }
            }
        }
        Set-Content -LiteralPath "$folder\files.txt.new" -Value $lines -Encoding UTF8
        Move-Item -LiteralPath "$folder\files.txt.new" -Destination "$folder\files.txt" -Force
        $answer = [ordered]@{
            ok = $true; at = $start.ToString('o'); ticks = $start.Ticks; files = $lines.Count - 1; bytes = $bytes
            cloud = $cloud; unreadable = $unreadable
        }
        Set-Content -LiteralPath "$summary.new" -Value (ConvertTo-Json -Compress -InputObject $answer) -Encoding UTF8
        Move-Item -LiteralPath "$summary.new" -Destination $summary -Force
    }
} catch {
    $problem = $_
    $answer = Get-Failure
}
ConvertTo-Json -Compress -Depth 3 -InputObject $answer
