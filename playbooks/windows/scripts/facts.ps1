# keyturn facts 1
# Reads everything that keyturn's probes need in one round trip; changes nothing. Each fact stands alone: what cannot be
# read is null, and the others are still told. Only numbers, GUIDs, registry values and CIM properties are used, because
# the words of Windows' own tools differ with the language.

try { $version = Get-ItemProperty -Path 'HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion' } catch { $version = $null }
try { $system = Get-CimInstance -ClassName Win32_OperatingSystem } catch { $system = $null }
try { $computer = Get-CimInstance -ClassName Win32_ComputerSystem } catch { $computer = $null }
try { $boot = $system.LastBootUpTime.ToUniversalTime().ToString('o') } catch { $boot = $null }
try { $language = (Get-UICulture).Name } catch { $language = $null }
try { $mode = [string]$ExecutionContext.SessionState.LanguageMode } catch { $mode = $null }

# Licences of Windows itself that hold a key; without this filter the query takes minutes.
$licences = $null
try {
    $query = "SELECT ID,LicenseFamily,LicenseIsAddon,PartialProductKey,ProductKeyChannel,ProductKeyID,LicenseStatus," +
        "LicenseStatusReason,GracePeriodRemaining,KeyManagementServiceMachine FROM SoftwareLicensingProduct " +
        "WHERE ApplicationID='55c92734-d682-4d71-983e-d6ec3f16059f' AND PartialProductKey IS NOT NULL"
    $found = @()
    foreach ($product in @(Get-CimInstance -Query $query)) {
        $found += [ordered]@{
            id      = $product.ID
            family  = $product.LicenseFamily
            addon   = $product.LicenseIsAddon
            last5   = $product.PartialProductKey
            channel = $product.ProductKeyChannel
            pid     = $product.ProductKeyID
            status  = $product.LicenseStatus
            reason  = '0x{0:X8}' -f [uint32]$product.LicenseStatusReason
            grace   = $product.GracePeriodRemaining
            kms     = $product.KeyManagementServiceMachine
        }
    }
    $licences = $found
} catch { $licences = $null }

# Restarts that wait, each source by itself.
$servicing = 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing'
$control = 'HKLM:\SYSTEM\CurrentControlSet\Control'
try { $pendingServicing = Test-Path -Path "$servicing\RebootPending" } catch { $pendingServicing = $null }
try { $inProgress = Test-Path -Path "$servicing\RebootInProgress" } catch { $inProgress = $null }
try {
    $pendingUpdate = Test-Path -Path 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\RebootRequired'
} catch { $pendingUpdate = $null }
try {
    $pendingRename = $null -ne (Get-ItemProperty -Path "$control\Session Manager").PendingFileRenameOperations
} catch { $pendingRename = $null }
try {
    $active = (Get-ItemProperty -Path "$control\ComputerName\ActiveComputerName").ComputerName
    $next = (Get-ItemProperty -Path "$control\ComputerName\ComputerName").ComputerName
    $pendingName = $active -ne $next
} catch { $pendingName = $null }

# What must not be disturbed while it works.
$busy = $null
try {
    $names = @()
    foreach ($process in @(Get-Process -Name 'TiWorker', 'TrustedInstaller', 'msiexec', 'changepk', 'Dism' -ErrorAction SilentlyContinue)) {
        if ($names -notcontains $process.ProcessName) { $names += $process.ProcessName }
    }
    $busy = $names
} catch { $busy = $null }

# Everybody who is logged on: the owners of the shells of all sessions (console, remote, disconnected), and the console's user.
$users = $null
try {
    if ($null -eq $computer) { throw 'the console could not be asked' }
    $names = @()
    foreach ($shell in @(Get-CimInstance -ClassName Win32_Process -Filter "Name='explorer.exe'")) {
        $owner = Invoke-CimMethod -InputObject $shell -MethodName GetOwner
        if ($owner.ReturnValue -ne 0) { throw "the owner of a shell could not be read: $($owner.ReturnValue)" }
        $who = "$($owner.Domain)\$($owner.User)"
        if ($names -notcontains $who) { $names += $who }
    }
    if ($computer.UserName -and $names -notcontains $computer.UserName) { $names += $computer.UserName }
    $users = $names
} catch { $users = $null }

$drive = $env:SystemDrive
try { $free = (Get-CimInstance -ClassName Win32_LogicalDisk -Filter "DeviceID='$drive'").FreeSpace } catch { $free = $null }

$battery = $null
try {
    $cells = @(Get-CimInstance -ClassName Win32_Battery)
    if ($cells.Count -gt 0) {
        $battery = [ordered]@{
            present = $true
            percent = $cells[0].EstimatedChargeRemaining
            mains   = @(2, 6, 7, 8, 9) -contains $cells[0].BatteryStatus
        }
    } else {
        $battery = [ordered]@{ present = $false; percent = $null; mains = $true }
    }
} catch { $battery = $null }

try {
    $volume = Get-CimInstance -Namespace 'root\cimv2\Security\MicrosoftVolumeEncryption' -ClassName Win32_EncryptableVolume -Filter "DriveLetter='$drive'"
    $bitlocker = $volume.ProtectionStatus
} catch { $bitlocker = $null }

# Whether slmgr.vbs can run, and whether the PC writes command lines into its audit log.
$scriptHost = $null
try {
    $settings = 'HKLM:\SOFTWARE\Microsoft\Windows Script Host\Settings'
    $scriptHost = $true
    if (Test-Path -Path $settings) { $scriptHost = (Get-ItemProperty -Path $settings).Enabled -ne 0 }
} catch { $scriptHost = $null }
try { $slmgr = Test-Path -Path "$env:SystemRoot\System32\slmgr.vbs" } catch { $slmgr = $null }
$auditing = $null
try {
    $audit = 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System\Audit'
    $auditing = $false
    if (Test-Path -Path $audit) { $auditing = (Get-ItemProperty -Path $audit).ProcessCreationIncludeCmdLine_Enabled -eq 1 }
} catch { $auditing = $null }

try { $ready = Test-Path -Path 'HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon\AutoLogonChecked' } catch { $ready = $null }
try {
    $principal = [Security.Principal.WindowsPrincipal][Security.Principal.WindowsIdentity]::GetCurrent()
    $administrator = $principal.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)
} catch { $administrator = $null }

# Only whether there is a key in the firmware and in the registry; neither value leaves the PC.
try {
    $described = (Get-CimInstance -Query 'SELECT OA3xOriginalProductKeyDescription FROM SoftwareLicensingService').OA3xOriginalProductKeyDescription
    $firmware = -not [string]::IsNullOrEmpty($described)
} catch { $firmware = $null }
$keptKey = $null
try {
    if ($version) {
        $keptKey = $false
        $encoded = $version.DigitalProductId
        if ($encoded) {
            for ($index = 52; $index -lt 66; $index += 1) { if ($encoded[$index] -ne 0) { $keptKey = $true } }
            if (($encoded[66] -band 0xF7) -ne 0) { $keptKey = $true }
        }
    }
} catch { $keptKey = $null }

# Backups: wbadmin's version identifiers are in UTC and in one fixed form; the line before names the place. That it failed
# and listed nothing says nothing about backups.
$versions = $null
try {
    $program = "$env:SystemRoot\System32\wbadmin.exe"
    $listed = @()
    if (Test-Path -Path $program) {
        $before = ''
        $lines = @(& $program get versions)
        $rc = $LASTEXITCODE
        foreach ($line in $lines) {
            if ($line -match '\d{2}/\d{2}/\d{4}-\d{2}:\d{2}') {
                $identifier = $Matches[0]
                $place = $null
                if ($before -match '\\\\[^\\?]+\\') {
                    $place = 'network'
                } elseif ($before -cmatch '(?<![A-Za-z])[A-Z]:') {
                    $letter = $Matches[0]
                    try {
                        $there = @(Get-CimInstance -Query "ASSOCIATORS OF {Win32_LogicalDisk.DeviceID='$letter'} WHERE ResultClass=Win32_DiskPartition")
                        $here = @(Get-CimInstance -Query "ASSOCIATORS OF {Win32_LogicalDisk.DeviceID='$drive'} WHERE ResultClass=Win32_DiskPartition")
                        if ($there.Count -gt 0 -and $here.Count -gt 0) {
                            if ($there[0].DiskIndex -eq $here[0].DiskIndex) { $place = 'same disk' } else { $place = 'other disk' }
                        }
                    } catch { $place = $null }
                }
                $listed += [ordered]@{ id = $identifier; place = $place }
            }
            $before = $line
        }
        if ($rc -ne 0 -and $listed.Count -eq 0) { throw "wbadmin ended with $rc and listed nothing" }
    }
    $versions = $listed
} catch { $versions = $null }
try {
    $success = Get-WinEvent -FilterHashtable @{ LogName = 'Microsoft-Windows-Backup'; Id = 4 } -MaxEvents 1
    $backupEvent = $success.TimeCreated.ToUniversalTime().ToString('o')
} catch { $backupEvent = $null }
$hints = @()
try {
    foreach ($hive in @(Get-ChildItem -Path 'Registry::HKEY_USERS')) {
        $user = $hive.PSChildName
        if ($user -match '^S-1-(5-21|12-1)-[0-9-]+$') {
            $history = "Registry::HKEY_USERS\$user\Software\Microsoft\Windows\CurrentVersion\FileHistory"
            if (Test-Path -Path $history) {
                $at = $null
                try {
                    $until = (Get-ItemProperty -Path $history).ProtectedUpToTime
                    if ($until) { $at = [DateTime]::FromFileTimeUtc($until).ToString('o') }
                } catch { $at = $null }
                $hints += [ordered]@{ kind = 'File History'; at = $at }
            }
            $onedrive = "Registry::HKEY_USERS\$user\Software\Microsoft\OneDrive\Accounts\Business1"
            if ((Test-Path -Path $onedrive) -and (Get-ItemProperty -Path $onedrive).KfmFoldersProtectedNow) {
                $hints += [ordered]@{ kind = 'OneDrive'; at = $null }
            }
        }
    }
} catch { $hints = @() }

# What keyturn itself left here: the key it installed (last five) and its records of the users' files.
$noted = $null
try {
    $noted = [ordered]@{ last5 = $null; at = $null; restart = $false; cleared = $null }
    if (Test-Path -Path 'HKLM:\SOFTWARE\keyturn') {
        $own = Get-ItemProperty -Path 'HKLM:\SOFTWARE\keyturn'
        $noted = [ordered]@{ last5 = $own.InstalledLast5; at = $own.InstalledAt; restart = ($own.InstalledRestart -eq 1); cleared = $own.ClearedFor }
    }
} catch { $noted = $null }
$records = $null
try {
    $kept = @()
    $root = "$env:ProgramData\keyturn"
    if (Test-Path -Path $root) {
        foreach ($folder in @(Get-ChildItem -Path $root -Directory)) {
            $recorded = $null
            $compared = $null
            $first = "$root\$($folder.Name)\recorded.json"
            $second = "$root\$($folder.Name)\compared.json"
            try { if (Test-Path -Path $first) { $recorded = Get-Content -Path $first -Raw | ConvertFrom-Json } } catch { $recorded = $null }
            try { if (Test-Path -Path $second) { $compared = Get-Content -Path $second -Raw | ConvertFrom-Json } } catch { $compared = $null }
            $kept += [ordered]@{ reference = $folder.Name; recorded = $recorded; compared = $compared }
        }
    }
    $records = $kept
} catch { $records = $null }

$facts = [ordered]@{
    name          = $computer.Name
    edition       = $version.EditionID
    composition   = $version.CompositionEditionID
    installation  = $version.InstallationType
    product_type  = $system.ProductType
    sku           = $system.OperatingSystemSKU
    build         = $version.CurrentBuildNumber
    ubr           = $version.UBR
    display       = $version.DisplayVersion
    language      = $language
    language_mode = $mode
    licences      = $licences
    boot          = $boot
    now           = (Get-Date).ToUniversalTime().ToString('o')
    pending       = [ordered]@{
        servicing   = $pendingServicing
        in_progress = $inProgress
        update      = $pendingUpdate
        rename      = $pendingRename
        name        = $pendingName
    }
    busy          = $busy
    free          = $free
    battery       = $battery
    bitlocker     = $bitlocker
    script_host   = $scriptHost
    slmgr         = $slmgr
    auditing      = $auditing
    users         = $users
    ready         = $ready
    administrator = $administrator
    firmware_key  = $firmware
    kept_key      = $keptKey
    backups       = [ordered]@{ versions = $versions; event = $backupEvent; hints = $hints }
    noted         = $noted
    records       = $records
}
ConvertTo-Json -Compress -Depth 6 -InputObject $facts
