//! [`text!`](crate::text!): a text of pieces, without Rust's formatting, which takes 3 KB of a component.
//!
//! ```
//! use gym_plugin_sdk::{Money, Percent, text};
//!
//! let (percent, price) = (Percent::basis_points(1_250), Money::new(12_50, "EUR"));
//! assert_eq!(text!["less ", percent, " of ", price], "less 12.5 % of 1250 EUR");
//! ```

/// What a text can be made of.
pub trait Piece {
    /// Writes it at the end of a text.
    fn write(&self, text: &mut String);
}

/// Makes a text of [`Piece`]s: texts, whole numbers, shares and amounts.
#[macro_export]
macro_rules! text {
    ($($piece:expr),* $(,)?) => {{
        let mut text = ::std::string::String::new();
        $($crate::text::Piece::write(&$piece, &mut text);)*
        text
    }};
}

impl Piece for str {
    fn write(&self, text: &mut String) {
        text.push_str(self);
    }
}

impl Piece for String {
    fn write(&self, text: &mut String) {
        text.push_str(self);
    }
}

impl<P: Piece + ?Sized> Piece for &P {
    fn write(&self, text: &mut String) {
        (*self).write(text);
    }
}

macro_rules! whole_numbers {
    ($($number:ty)*) => {$(
        impl Piece for $number {
            fn write(&self, text: &mut String) {
                digits(*self as u64, text);
            }
        }
    )*};
}

whole_numbers!(u8 u16 u32 u64 usize);

impl Piece for i64 {
    fn write(&self, text: &mut String) {
        if *self < 0 {
            text.push('-');
        }
        digits(self.unsigned_abs(), text);
    }
}

impl Piece for i32 {
    fn write(&self, text: &mut String) {
        i64::from(*self).write(text);
    }
}

#[inline(never)]
fn digits(number: u64, text: &mut String) {
    let mut unit = 1;
    while number / unit >= 10 {
        unit *= 10;
    }
    while unit > 0 {
        text.push(char::from(b'0' + (number / unit % 10) as u8));
        unit /= 10;
    }
}

/// Reads digits and nothing else, at least one.
#[inline(never)]
pub(crate) fn number(digits: &[u8]) -> Option<u32> {
    let mut number = 0_u32;
    for digit in digits {
        let digit = digit.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number = number.checked_mul(10)?.checked_add(digit.into())?;
    }
    (!digits.is_empty()).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_are_written_as_rust_does() {
        for it in [i64::MIN, -10, -1, 0, 9, 10, 99, 100, 101, i64::MAX] {
            assert_eq!(text![it], it.to_string());
        }
        assert_eq!(text![u32::MAX, usize::MAX], format!("{}{}", u32::MAX, usize::MAX));
    }

    #[test]
    fn numbers_are_digits_and_nothing_else() {
        assert_eq!(number(b"0042"), Some(42));
        assert_eq!(number(b"4294967295"), Some(u32::MAX));
        for none in ["", "4294967296", "+1", "-1", "1 ", "1.0", "99999999999"] {
            assert_eq!(number(none.as_bytes()), None, "{none:?}");
        }
    }
}
