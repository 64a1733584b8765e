//! From when to when a new certificate is valid.

use time::{Date, Duration, Month, OffsetDateTime, util::days_in_month};

use crate::keyvault::wire::VaultError;

/// From ten minutes before `now`, so that clocks a little behind accept it at once, to `months` calendar months after it.
pub(super) fn window(now: i64, months: u32) -> Result<(OffsetDateTime, OffsetDateTime), VaultError> {
    let far = |_| VaultError::bad_parameter("The certificate would be valid beyond the calendar.");
    let now = OffsetDateTime::from_unix_timestamp(now).map_err(far)?;
    let end = add_months(now.date(), months).ok_or_else(|| VaultError::bad_parameter("The validity is too long."))?;
    Ok((now - HEAD_START, now.replace_date(end)))
}

/// As many months as a certificate that is valid for this long was ordered for: whole ones, at least one and at most a hundred
/// years.
pub(super) fn months(start: OffsetDateTime, end: OffsetDateTime) -> u32 {
    let start = start.checked_add(HEAD_START).unwrap_or(start).date();
    (1..LONGEST).find(|months| add_months(start, *months).is_none_or(|day| day >= end.date())).unwrap_or(LONGEST)
}

/// One hundred years, in months.
pub(super) const LONGEST: u32 = 1200;

/// The same day of a later month, or that month's last day.
fn add_months(date: Date, months: u32) -> Option<Date> {
    let total = u32::from(u8::from(date.month())) - 1 + months;
    let year = date.year().checked_add(i32::try_from(total / 12).ok()?)?;
    let month = Month::try_from(u8::try_from(total % 12 + 1).ok()?).ok()?;
    Date::from_calendar_date(year, month, date.day().min(days_in_month(month, year))).ok()
}

const HEAD_START: Duration = Duration::minutes(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_after_the_last_of_january_is_the_last_of_february() {
        let january = Date::from_calendar_date(2027, Month::January, 31).unwrap();
        assert_eq!(add_months(january, 1).unwrap().day(), 28);
        assert_eq!(add_months(january, 12).unwrap().year(), 2028);
    }
}
