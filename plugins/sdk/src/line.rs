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
        if is_hidden(c) {
            return false;
        }
        blank &= c.is_whitespace();
    }
    !blank
}

/// Whether a character is of Unicode's categories Cc, Zl, Zp, or Cf without the joiners U+200C and U+200D.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}' | '\u{8e2}'
            | '\u{180e}' | '\u{200b}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2064}'
            | '\u{2066}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}'
            | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0001}'
            | '\u{e0020}'..='\u{e007f}')
}
