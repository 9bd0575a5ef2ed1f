//! What texts from outside may look like: [`is_line`] for what people read, [`is_code`] for what programs compare.
//!
//! ```
//! use gym_core::text::{is_code, is_key, is_line};
//!
//! assert!(is_line("Früh am Morgen — 20 % 👩‍🎤", 200));
//! assert!(!is_line("two\nlines", 200) && !is_line(" ", 200) && !is_line("txt.\u{202e}exe", 200));
//! assert!(is_code("free-week") && !is_code("Free week"));
//! assert!(is_key("plan.name") && !is_key("plan..name"));
//! ```

/// Whether a text is one line of 1 to so many characters that people see as it is: not blank, no controls (Unicode's
/// category Cc), no separators of lines and paragraphs (Zl, Zp), and nothing invisible that moves or hides what is
/// around it (Cf), but for the joiners U+200C and U+200D, which scripts and emoji need.
pub fn is_line(text: &str, most: usize) -> bool {
    !text.trim().is_empty() && text.chars().nth(most).is_none() && text.chars().all(is_shown)
}

/// Whether a text is 1 to 40 lower-case letters, digits and hyphens.
pub fn is_code(text: &str) -> bool {
    let fits = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    (1..=40).contains(&text.len()) && text.bytes().all(fits)
}

/// Whether a text is codes joined by dots, at most 40 characters altogether.
pub fn is_key(text: &str) -> bool {
    text.len() <= 40 && text.split('.').all(is_code)
}

/// Whether a character may stand on a line.
pub fn is_shown(c: char) -> bool {
    !(c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') || is_format(c))
}

/// Whether a character is of the category Cf of Unicode 17, without the joiners.
const fn is_format(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}' | '\u{8e2}'
        | '\u{180e}' | '\u{200b}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}'
        | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0001}'
        | '\u{e0020}'..='\u{e007f}')
}
