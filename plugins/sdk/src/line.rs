//! What the gym takes for one line on an invoice; a test holds that it does.

/// Whether a text is not blank, and has no controls, separators of lines, or format characters but the joiners.
pub(crate) fn is_line(text: &str) -> bool {
    let mut blank = true;
    for byte in text.bytes() {
        if !(b' '..0x7f).contains(&byte) {
            return is_line_of_any(text);
        }
        blank &= byte == b' ';
    }
    !blank
}

/// The same for texts that are not all of ASCII.
#[inline(never)]
fn is_line_of_any(text: &str) -> bool {
    let mut blank = true;
    for c in text.chars() {
        let code = u32::from(c);
        if HIDDEN
            .iter()
            .any(|&(first, more)| code.wrapping_sub(first) <= more.into())
        {
            return false;
        }
        blank &= is_blank(c);
    }
    !blank
}

/// The characters of Unicode's categories Cc, Zl, Zp, and Cf without the joiners U+200C and U+200D: the first of a row, and how
/// many more there are in it.
const HIDDEN: &[(u32, u8)] = &[
    (0, 0x1f),
    (0x7f, 0x20),
    (0xad, 0),
    (0x600, 5),
    (0x61c, 0),
    (0x6dd, 0),
    (0x70f, 0),
    (0x890, 1),
    (0x8e2, 0),
    (0x180e, 0),
    (0x200b, 0),
    (0x200e, 1),
    (0x2028, 6),
    (0x2060, 4),
    (0x2066, 9),
    (0xfeff, 0),
    (0xfff9, 2),
    (0x110bd, 0),
    (0x110cd, 0),
    (0x13430, 15),
    (0x1bca0, 3),
    (0x1d173, 7),
    (0xe0001, 0),
    (0xe0020, 95),
];

/// Whether a character that is not hidden is white, as [`char::is_whitespace`] says, which has a table for it.
fn is_blank(c: char) -> bool {
    matches!(
        c,
        ' ' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
    )
}
