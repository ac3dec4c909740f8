"""What the programs of a simulated PC say, in English, German and Japanese."""

from __future__ import annotations

from collections.abc import Mapping

ENGLISH: Mapping[str, str] = {
    "installed": "Installed product key {key} successfully.",
    "activating": "Activating Windows(R), {family} edition ({id}) ...",
    "activated": "Product activated successfully.",
    "cleared": "Product key from registry cleared successfully.",
    "removed": "Uninstalled product key successfully.",
    "error": "Error: {code} {text}",
    "refused": "The simulated PC refuses this.",
    "no product": "Error: product not found.",
    "no key": "Error: product key not found.",
    "usage": "Invalid combination of command parameters.",
    "host off": "Windows Script Host access is disabled on this machine.",
    "no script": 'Input Error: Can not find script file "{script}".',
    "unknown": "'{program}' is not recognized: this PC has no such program.",
    "name": "Name",
    "description": "Description",
    "partial": "Partial Product Key",
    "status": "License Status",
    "status 0": "Unlicensed",
    "status 1": "Licensed",
    "status 5": "Notification",
    "reason": "Notification Reason",
    "forever": "The machine is permanently activated.",
    "notification": "Windows is in Notification mode",
    "backup time": "Backup time",
    "backup target": "Backup target: {kind} labeled {target}",
    "network share": "Network Share",
    "disk": "Fixed Disk",
    "identifier": "Version identifier",
    "recover": "Can recover: Volume(s), File(s), Application(s), Bare Metal Recovery, System State",
    "announced": "A restart has already been scheduled.(1190)",
    "none announced": "No restart was in progress to take back.(1116)",
}

GERMAN: Mapping[str, str] = {
    "installed": "Der Product Key {key} ist jetzt installiert.",
    "activating": "Windows(R), {family} edition ({id}) wird aktiviert ...",
    "activated": "Das Produkt ist jetzt aktiviert.",
    "cleared": "Der Product Key steht nicht mehr in der Registrierung.",
    "removed": "Der Product Key wurde entfernt.",
    "error": "Fehler: {code} {text}",
    "refused": "Der simulierte PC lehnt das ab.",
    "no product": "Fehler: Ein solches Produkt gibt es hier nicht.",
    "no key": "Fehler: Kein Product Key vorhanden.",
    "usage": "So lässt sich der Befehl nicht verwenden.",
    "host off": "Skripte sind auf diesem Computer gesperrt.",
    "no script": 'Eingabefehler: Die Skriptdatei "{script}" fehlt.',
    "unknown": 'Das Programm "{program}" gibt es auf diesem PC nicht.',
    "name": "Name",
    "description": "Beschreibung",
    "partial": "Teil des Product Keys",
    "status": "Lizenzstatus",
    "status 0": "Nicht lizenziert",
    "status 1": "Lizenziert",
    "status 5": "Benachrichtigung",
    "reason": "Grund der Benachrichtigung",
    "forever": "Dieser Computer ist auf Dauer aktiviert.",
    "notification": "Windows zeigt Hinweise zur Aktivierung",
    "backup time": "Sicherungszeit",
    "backup target": "Sicherungsziel: {kind} mit der Bezeichnung {target}",
    "network share": "Netzwerkfreigabe",
    "disk": "Festplatte",
    "identifier": "Versionsbezeichner",
    "recover": "Wiederherstellbar: Volume(s), Datei(en), Systemstatus",
    "announced": "Ein Neustart ist schon geplant.(1190)",
    "none announced": "Es ist kein Neustart geplant.(1116)",
}

JAPANESE: Mapping[str, str] = {
    "installed": "プロダクト キー {key} を入れました。",
    "activating": "Windows(R), {family} edition ({id}) の認証を始めます ...",
    "activated": "製品の認証が済みました。",
    "cleared": "レジストリのプロダクト キーを消しました。",
    "removed": "プロダクト キーを外しました。",
    "error": "エラー: {code} {text}",
    "refused": "この模擬 PC では受け付けません。",
    "no product": "エラー: 該当する製品がありません。",
    "no key": "エラー: プロダクト キーがありません。",
    "usage": "コマンドの使い方が違います。",
    "host off": "このコンピューターではスクリプトを使えません。",
    "no script": '入力エラー: スクリプト "{script}" が見つかりません。',
    "unknown": "'{program}' というプログラムはこの PC にありません。",
    "name": "名前",
    "description": "説明",
    "partial": "プロダクト キーの一部",
    "status": "ライセンスの状態",
    "status 0": "ライセンスなし",
    "status 1": "ライセンス済み",
    "status 5": "通知",
    "reason": "通知の理由",
    "forever": "このコンピューターは永続的に認証されています。",
    "notification": "Windows は通知モードです",
    "backup time": "バックアップ時刻",
    "backup target": "バックアップ先: {kind} ({target})",
    "network share": "ネットワーク共有",
    "disk": "固定ディスク",
    "identifier": "バージョン識別子",
    "recover": "回復できるもの: ボリューム、ファイル、システム状態",
    "announced": "再起動はもう予約されています。(1190)",
    "none announced": "予約された再起動はありません。(1116)",
}

LANGUAGES: Mapping[str, Mapping[str, str]] = {"de": GERMAN, "en": ENGLISH, "ja": JAPANESE}


def say(language: str, name: str, **values: object) -> str:
    """The sentence *name* in *language* (``de-DE`` …), English where the lab does not speak it."""
    return LANGUAGES.get(language[:2], ENGLISH)[name].format(**values)


def encoded(lines: list[str], codepage: int) -> bytes:
    """Lines as a console with that code page gives them; ``?`` stands for what the page lacks."""
    name = "utf-8" if codepage == 65001 else f"cp{codepage}"
    return "".join(line + "\r\n" for line in lines).encode(name, "replace")
