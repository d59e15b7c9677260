"""Names of countries and states as the outlines of the maps have them."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

# Two letters, three letters, the outline's name, other names.
_COUNTRIES = """
AE ARE United Arab Emirates|UAE
AF AFG Afghanistan
AL ALB Albania
AM ARM Armenia
AO AGO Angola
AR ARG Argentina
AT AUT Austria
AU AUS Australia
AZ AZE Azerbaijan
BA BIH Bosnia and Herz.|Bosnia and Herzegovina|Bosnia
BD BGD Bangladesh
BE BEL Belgium
BF BFA Burkina Faso
BG BGR Bulgaria
BI BDI Burundi
BJ BEN Benin
BN BRN Brunei|Brunei Darussalam
BO BOL Bolivia
BR BRA Brazil|Brasil
BS BHS Bahamas|The Bahamas
BT BTN Bhutan
BW BWA Botswana
BY BLR Belarus
BZ BLZ Belize
CA CAN Canada
CD COD Dem. Rep. Congo|Democratic Republic of the Congo|DR Congo
CF CAF Central African Rep.|Central African Republic
CG COG Congo|Republic of the Congo
CH CHE Switzerland
CI CIV Côte d'Ivoire|Ivory Coast
CL CHL Chile
CM CMR Cameroon
CN CHN China|People's Republic of China
CO COL Colombia
CR CRI Costa Rica
CU CUB Cuba
CY CYP Cyprus
CZ CZE Czechia|Czech Republic
DE DEU Germany|Deutschland
DJ DJI Djibouti
DK DNK Denmark
DO DOM Dominican Rep.|Dominican Republic
DZ DZA Algeria
EC ECU Ecuador
EE EST Estonia
EG EGY Egypt
ER ERI Eritrea
ES ESP Spain|España
ET ETH Ethiopia
FI FIN Finland
FJ FJI Fiji
FK FLK Falkland Is.|Falkland Islands
FR FRA France
GA GAB Gabon
GB GBR United Kingdom|UK|Great Britain|England
GE GEO Georgia
GH GHA Ghana
GL GRL Greenland
GM GMB Gambia|The Gambia
GN GIN Guinea
GQ GNQ Eq. Guinea|Equatorial Guinea
GR GRC Greece
GT GTM Guatemala
GW GNB Guinea-Bissau
GY GUY Guyana
HN HND Honduras
HR HRV Croatia
HT HTI Haiti
HU HUN Hungary
ID IDN Indonesia
IE IRL Ireland|Republic of Ireland
IL ISR Israel
IN IND India
IQ IRQ Iraq
IR IRN Iran|Iran, Islamic Republic of
IS ISL Iceland
IT ITA Italy|Italia
JM JAM Jamaica
JO JOR Jordan
JP JPN Japan
KE KEN Kenya
KG KGZ Kyrgyzstan
KH KHM Cambodia
KP PRK North Korea
KR KOR South Korea|Korea, Republic of|Republic of Korea|Korea
KW KWT Kuwait
KZ KAZ Kazakhstan
LA LAO Laos|Lao PDR
LB LBN Lebanon
LK LKA Sri Lanka
LR LBR Liberia
LS LSO Lesotho
LT LTU Lithuania
LU LUX Luxembourg
LV LVA Latvia
LY LBY Libya
MA MAR Morocco
MD MDA Moldova|Republic of Moldova
ME MNE Montenegro
MG MDG Madagascar
MK MKD Macedonia|North Macedonia
ML MLI Mali
MM MMR Myanmar|Burma
MN MNG Mongolia
MR MRT Mauritania
MW MWI Malawi
MX MEX Mexico|México
MY MYS Malaysia
MZ MOZ Mozambique
NA NAM Namibia
NC NCL New Caledonia
NE NER Niger
NG NGA Nigeria
NI NIC Nicaragua
NL NLD Netherlands|The Netherlands|Holland
NO NOR Norway
NP NPL Nepal
NZ NZL New Zealand
OM OMN Oman
PA PAN Panama
PE PER Peru
PG PNG Papua New Guinea
PH PHL Philippines
PK PAK Pakistan
PL POL Poland
PR PRI Puerto Rico
PS PSE Palestine|State of Palestine
PT PRT Portugal
PY PRY Paraguay
QA QAT Qatar
RO ROU Romania
RS SRB Serbia
RU RUS Russia|Russian Federation
RW RWA Rwanda
SA SAU Saudi Arabia
SB SLB Solomon Is.|Solomon Islands
SD SDN Sudan
SE SWE Sweden
SI SVN Slovenia
SK SVK Slovakia
SL SLE Sierra Leone
SN SEN Senegal
SO SOM Somalia
SR SUR Suriname
SS SSD S. Sudan|South Sudan
SV SLV El Salvador
SY SYR Syria|Syrian Arab Republic
SZ SWZ eSwatini|Eswatini|Swaziland
TD TCD Chad
TG TGO Togo
TH THA Thailand
TJ TJK Tajikistan
TL TLS Timor-Leste|East Timor
TM TKM Turkmenistan
TN TUN Tunisia
TR TUR Turkey|Türkiye
TT TTO Trinidad and Tobago
TW TWN Taiwan
TZ TZA Tanzania|United Republic of Tanzania
UA UKR Ukraine
UG UGA Uganda
US USA United States of America|United States|U.S.A.|U.S.|America
UY URY Uruguay
UZ UZB Uzbekistan
VE VEN Venezuela
VN VNM Vietnam|Viet Nam
VU VUT Vanuatu
YE YEM Yemen
XK XKX Kosovo
ZA ZAF South Africa
ZM ZMB Zambia
ZW ZWE Zimbabwe
"""
_STATES = """
AL Alabama
AK Alaska
AZ Arizona
AR Arkansas
CA California
CO Colorado
CT Connecticut
DE Delaware
DC District of Columbia
FL Florida
GA Georgia
HI Hawaii
ID Idaho
IL Illinois
IN Indiana
IA Iowa
KS Kansas
KY Kentucky
LA Louisiana
ME Maine
MD Maryland
MA Massachusetts
MI Michigan
MN Minnesota
MS Mississippi
MO Missouri
MT Montana
NE Nebraska
NV Nevada
NH New Hampshire
NJ New Jersey
NM New Mexico
NY New York
NC North Carolina
ND North Dakota
OH Ohio
OK Oklahoma
OR Oregon
PA Pennsylvania
PR Puerto Rico
RI Rhode Island
SC South Carolina
SD South Dakota
TN Tennessee
TX Texas
UT Utah
VT Vermont
VA Virginia
WA Washington
WV West Virginia
WI Wisconsin
WY Wyoming
"""


def _plain(name: str) -> str:
    """Without accents, marks and case."""
    bare = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z]+", " ", bare.lower()).strip()


def _country_names() -> dict[str, str]:
    found = {}
    for line in _COUNTRIES.strip().splitlines():
        two, three, names = line.split(" ", 2)
        outline, *others = names.split("|")
        for name in (two, three, outline, *others):
            found[_plain(name)] = outline
    return found


def _state_names() -> dict[str, str]:
    found = {}
    for line in _STATES.strip().splitlines():
        two, name = line.split(" ", 1)
        found[_plain(two)] = found[_plain(name)] = name
    return found


COUNTRIES = _country_names()
STATES = _state_names()


def map_of(values: Iterable[Any]) -> str:
    """`states` where more of the values are states of the USA than countries, else `world`."""
    names = [_plain(str(value)) for value in values if value is not None]
    states = sum(name in STATES for name in names)
    countries = sum(name in COUNTRIES for name in names)
    return "states" if states > countries else "world"


def outline_of(value: Any, name_of_map: str) -> str | None:
    """The outline that a value means, or None."""
    known = STATES if name_of_map == "states" else COUNTRIES
    return known.get(_plain(str(value)))
