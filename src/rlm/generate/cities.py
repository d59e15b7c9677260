"""Cities with a live-music scene: where venues stand, and which clock hangs in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class City:
    name: str
    region: str
    country: str
    latitude: float
    longitude: float
    timezone: str
    currency: str
    weight: float
    """Share of venues, relative to the other cities."""


# Public geography; the weights are ours. Zones without daylight saving time (Phoenix, Tokyo,
# Singapore, Sao Paulo), southern ones and half-hour offsets are here on purpose.
CITIES: Final[tuple[City, ...]] = (
    City("New York", "NY", "US", 40.7128, -74.0060, "America/New_York", "USD", 9),
    City("Boston", "MA", "US", 42.3601, -71.0589, "America/New_York", "USD", 3),
    City("Philadelphia", "PA", "US", 39.9526, -75.1652, "America/New_York", "USD", 3),
    City("Atlanta", "GA", "US", 33.7490, -84.3880, "America/New_York", "USD", 3),
    City("Detroit", "MI", "US", 42.3314, -83.0458, "America/Detroit", "USD", 2),
    City("Chicago", "IL", "US", 41.8781, -87.6298, "America/Chicago", "USD", 5),
    City("Nashville", "TN", "US", 36.1627, -86.7816, "America/Chicago", "USD", 5),
    City("Austin", "TX", "US", 30.2672, -97.7431, "America/Chicago", "USD", 5),
    City("New Orleans", "LA", "US", 29.9511, -90.0715, "America/Chicago", "USD", 3),
    City("Denver", "CO", "US", 39.7392, -104.9903, "America/Denver", "USD", 3),
    City("Phoenix", "AZ", "US", 33.4484, -112.0740, "America/Phoenix", "USD", 2),
    City("Los Angeles", "CA", "US", 34.0522, -118.2437, "America/Los_Angeles", "USD", 8),
    City("San Francisco", "CA", "US", 37.7749, -122.4194, "America/Los_Angeles", "USD", 4),
    City("Seattle", "WA", "US", 47.6062, -122.3321, "America/Los_Angeles", "USD", 4),
    City("Honolulu", "HI", "US", 21.3069, -157.8583, "Pacific/Honolulu", "USD", 1),
    City("Toronto", "ON", "CA", 43.6532, -79.3832, "America/Toronto", "CAD", 4),
    City("Montréal", "QC", "CA", 45.5019, -73.5674, "America/Toronto", "CAD", 3),
    City("St. John's", "NL", "CA", 47.5615, -52.7126, "America/St_Johns", "CAD", 1),
    City("Ciudad de México", "CMX", "MX", 19.4326, -99.1332, "America/Mexico_City", "MXN", 3),
    City("São Paulo", "SP", "BR", -23.5505, -46.6333, "America/Sao_Paulo", "BRL", 3),
    City("Santiago", "RM", "CL", -33.4489, -70.6693, "America/Santiago", "CLP", 1),
    City("London", "ENG", "GB", 51.5074, -0.1278, "Europe/London", "GBP", 8),
    City("Manchester", "ENG", "GB", 53.4808, -2.2426, "Europe/London", "GBP", 3),
    City("Glasgow", "SCT", "GB", 55.8642, -4.2518, "Europe/London", "GBP", 3),
    City("Dublin", "L", "IE", 53.3498, -6.2603, "Europe/Dublin", "EUR", 2),
    City("Lisboa", "11", "PT", 38.7223, -9.1393, "Europe/Lisbon", "EUR", 2),
    City("Barcelona", "CT", "ES", 41.3851, 2.1734, "Europe/Madrid", "EUR", 3),
    City("Paris", "IDF", "FR", 48.8566, 2.3522, "Europe/Paris", "EUR", 5),
    City("Amsterdam", "NH", "NL", 52.3676, 4.9041, "Europe/Amsterdam", "EUR", 3),
    City("Berlin", "BE", "DE", 52.5200, 13.4050, "Europe/Berlin", "EUR", 6),
    City("Köln", "NW", "DE", 50.9375, 6.9603, "Europe/Berlin", "EUR", 2),
    City("Wien", "9", "AT", 48.2082, 16.3738, "Europe/Vienna", "EUR", 2),
    City("Zürich", "ZH", "CH", 47.3769, 8.5417, "Europe/Zurich", "CHF", 1),
    City("København", "84", "DK", 55.6761, 12.5683, "Europe/Copenhagen", "DKK", 2),
    City("Göteborg", "O", "SE", 57.7089, 11.9746, "Europe/Stockholm", "SEK", 2),
    City("Reykjavík", "1", "IS", 64.1466, -21.9426, "Atlantic/Reykjavik", "ISK", 1),
    City("Kraków", "12", "PL", 50.0647, 19.9450, "Europe/Warsaw", "PLN", 2),
    City("Athína", "I", "GR", 37.9838, 23.7275, "Europe/Athens", "EUR", 1),
    City("Mumbai", "MH", "IN", 19.0760, 72.8777, "Asia/Kolkata", "INR", 2),
    City("Singapore", "", "SG", 1.3521, 103.8198, "Asia/Singapore", "SGD", 1),
    City("Tokyo", "13", "JP", 35.6762, 139.6503, "Asia/Tokyo", "JPY", 4),
    City("Seoul", "11", "KR", 37.5665, 126.9780, "Asia/Seoul", "KRW", 2),
    City("Melbourne", "VIC", "AU", -37.8136, 144.9631, "Australia/Melbourne", "AUD", 3),
    City("Adelaide", "SA", "AU", -34.9285, 138.6007, "Australia/Adelaide", "AUD", 1),
    City("Auckland", "AUK", "NZ", -36.8509, 174.7645, "Pacific/Auckland", "NZD", 1),
)

# Rough price levels: what costs 1 US dollar costs so much there. Whole units keep prices looking
# like prices; the exact rate does not matter, no sum ever crosses currencies.
PRICE_LEVEL: Final[dict[str, float]] = {
    "USD": 1, "CAD": 1.3, "MXN": 17, "BRL": 5, "CLP": 900, "GBP": 0.8, "EUR": 0.9, "CHF": 1,
    "DKK": 7, "SEK": 10, "ISK": 130, "PLN": 4, "INR": 60, "SGD": 1.3, "JPY": 130, "KRW": 1200,
    "AUD": 1.5, "NZD": 1.6,
}  # fmt: skip
