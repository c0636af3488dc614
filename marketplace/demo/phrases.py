# SPDX-License-Identifier: AGPL-3.0-or-later
"""What people write to each other in the demo, each in their own language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from marketplace.demo.chance import Chance

Phrases = Mapping[str, Sequence[str]]

MESSAGES: Phrases = {
    "it": (
        "Buongiorno, il materiale è in balle sul piazzale, si può vedere quando volete.",
        "Ci mandate una foto della balla aperta? Ci interessa il tono.",
        "Possiamo caricare noi con il muletto, serve solo un preavviso di un giorno.",
        "Il prezzo è già tirato, ma sulla quantità troviamo un accordo.",
        "Per noi va bene, aspettiamo conferma sui giorni del ritiro.",
        "Vi tengo da parte un campione di due chili in ufficio.",
        "Se ritirate entro la settimana vi veniamo incontro sul prezzo.",
        "La composizione è quella della scheda, controllata in laboratorio.",
    ),
    "en": (
        "The bales are under cover, you can look at them any morning.",
        "Could you send a picture in daylight? The shade matters to us.",
        "We can load with our own forklift, a day's notice is enough.",
        "We can meet you on the price if you take the whole lot.",
        "Fine for us, please confirm the days for the pick-up.",
    ),
    "zh-Hans": (
        "您好，货已打包放在仓库，随时可以来看。",
        "请发一张自然光下的照片，我们要看颜色。",
        "我们有叉车可以装货，提前一天说就行。",
        "整批拿走的话，价格可以再商量。",
        "我们没问题，请确认提货日期。",
    ),
}

WITHDRAWALS: Phrases = {
    "it": (
        "Il materiale ci serve per una nostra partita.",
        "Abbiamo trovato altrove un quantitativo più vicino.",
        "Il campione non va bene per il nostro cliente.",
        "Sul prezzo siamo troppo lontani.",
    ),
    "en": ("The sample did not suit our customer.", "We are too far apart on the price."),
    "zh-Hans": ("样品不符合客户要求。", "价格差距太大，这次先不做了。"),
}

DECLINES: Phrases = {
    "it": ("Il tono non va con quello che facciamo adesso.", "Troppo poco per avviare una lavorazione.", ""),
    "en": ("Too small a lot for us to set up the machines.", ""),
    "zh-Hans": ("数量太少，不够开一次机。", ""),
}

DROPPED_LISTINGS: Phrases = {
    "it": ("Usato in produzione.", "Venduto fuori dalla piattaforma.", "Non serve più."),
    "en": ("Used in our own production.", "No longer needed."),
    "zh-Hans": ("自己用掉了。", "不再需要了。"),
}

TOO_LITTLE_LEFT: Phrases = {
    "it": ("È rimasto troppo poco per un ritiro.", "Il resto lo usiamo noi."),
    "en": ("Too little is left to be worth a trip.",),
    "zh-Hans": ("剩下的太少，不值得跑一趟。",),
}

QUALITY: Phrases = {
    "it": ("Asciutto, in balle, senza corpi estranei", "Scelto per colore, senza zip né etichette", "Come da campione"),
    "en": ("Dry, baled, no foreign matter", "As the sample"),
    "zh-Hans": ("干燥，已打包，无杂物", "与样品一致"),
}

TURNED_AWAY: Phrases = {
    "it": ("Due balle bagnate.", "Una parte di altro colore, rimandata indietro.", "Corpi estranei in un sacco."),
    "en": ("Two bales were wet.", "Part of it in another shade, sent back."),
    "zh-Hans": ("有两包受潮。", "部分颜色不对，已退回。"),
}

CONTESTED: Phrases = {
    "it": ("Alla nostra pesa risultava di più: alleghiamo il cartellino.", "Il peso comprende i bancali."),
    "en": ("Our scale ticket says otherwise.",),
    "zh-Hans": ("我们出厂过磅的重量不一样。",),
}

CORRECTIONS: Phrases = {
    "it": ("Errore di trascrizione del cartellino di pesa.", "Non era stata tolta la tara dei sacconi."),
    "en": ("The tare of the bags was not taken off.",),
    "zh-Hans": ("抄写磅单时写错了。",),
}

REST_WILL_NOT_COME: Phrases = {
    "it": ("Il resto non serve più.", "La partita è finita così, il calo è normale."),
    "en": ("The lot ended there; the difference is normal loss.",),
    "zh-Hans": ("这批货就这些，差额属正常损耗。",),
}

RETURNED = (
    "Precisare le condizioni del materiale e i giorni del ritiro.",
    "Manca chi trasporta: indicare il vettore e rimandare.",
    "Il prezzo va scritto al netto del trasporto.",
)
"""Why a coordinator sends a case back."""

REFUSED = (
    "La scheda tecnica del sottoprodotto non corrisponde al materiale descritto.",
    "Il ricevente non ha mostrato l'autorizzazione aggiornata.",
    "Materiale con finiture non dichiarate: non può andare a questo uso.",
)
"""Why a coordinator refuses."""

SETTLED = "Vale il cartellino della pesa pubblica."
CORRECTED = "Visti i due cartellini di pesa."
NOT_CORRECTED = "Il cartellino di pesa conferma la quantità registrata."


def phrase(chance: Chance, phrases: Phrases, language: str) -> str:
    """One of the phrases in a language."""
    return chance.choice(phrases[language])
