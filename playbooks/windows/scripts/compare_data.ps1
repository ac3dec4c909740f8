# keyturn compare_data 1
# Compares the users' files with the record made before the work. Missing: no longer there. Changed: different although
# nobody has written to it since the record. Edited: written to since, which users may do. New: not in the record. A file
# that lives in the cloud only by now is the same.
try {
    $folder = "$env:ProgramData\keyturn\$($given.reference)"
    $recorded = Get-Content -LiteralPath "$folder\recorded.json" -Raw | ConvertFrom-Json
    $before = @{}
    foreach ($line in @(Get-Content -LiteralPath "$folder\files.txt" -Encoding UTF8)) {
        $parts = $line.Split("`t")
        if ($parts.Count -eq 3) { $before[$parts[2]] = $parts[0] + ' ' + $parts[1] }
    }
    $same = 0
    $changed = 0
    $edited = 0
    $new = 0
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
                if ($before.ContainsKey($item.FullName)) {
                    $before.Remove($item.FullName)
                    $same += 1
                }
            } else {
                $was = $before[$item.FullName]
                if ($null -eq $was) {
                    $new += 1
                } else {
                    $before.Remove($item.FullName)
                    if ($was -eq "$($item.Length) $($item.LastWriteTimeUtc.Ticks)") { $same += 1 }
                    elseif ($item.LastWriteTimeUtc.Ticks -gt $recorded.ticks) { $edited += 1 }
                    else { $changed += 1 }
                }
            }
        }
    }
    Set-Content -LiteralPath "$folder\missing.txt" -Value (@("$($before.Count) missing") + @($before.Keys)) -Encoding UTF8
    $answer = [ordered]@{
        ok = $true; at = (Get-Date).ToUniversalTime().ToString('o'); same = $same; missing = $before.Count; changed = $changed
        edited = $edited; new = $new; cloud = $cloud; unreadable = $unreadable
    }
    Set-Content -LiteralPath "$folder\compared.json.new" -Value (ConvertTo-Json -Compress -InputObject $answer) -Encoding UTF8
    Move-Item -LiteralPath "$folder\compared.json.new" -Destination "$folder\compared.json" -Force
} catch {
    $problem = $_
    $answer = Get-Failure
}
ConvertTo-Json -Compress -Depth 3 -InputObject $answer
