//! The members of one JSON object (RFC 8259), in about 3 KB of code: what settings need, and no more.

use std::mem::take;

/// How deep lists and objects may be within each other.
const DEEPEST: u32 = 32;

/// Returns the members of an object in their order, strings as their text, other values as they are written.
///
/// # Errors
/// The byte at which it is not JSON.
pub(super) fn members(text: &str) -> Result<Vec<(String, String)>, usize> {
    let (mut members, mut cursor) = (
        Vec::new(),
        Cursor {
            text,
            at: 0,
            read: String::new(),
        },
    );
    let whole = cursor.object(&mut members);
    cursor.blank();
    if whole && cursor.at == text.len() {
        Ok(members)
    } else {
        Err(cursor.at)
    }
}

/// Each step says whether it is JSON; where it is not, the cursor stays. That makes a component smaller than errors do.
struct Cursor<'a> {
    text: &'a str,
    at: usize,
    /// The string that was read last.
    read: String,
}

/// Which of the lists and objects around a value are objects, the innermost last.
#[derive(Clone, Copy)]
struct Around {
    objects: u64,
    depth: u32,
}

impl Around {
    fn is_object(self) -> bool {
        self.objects & 1 == 1
    }

    fn close(self) -> u8 {
        if self.is_object() { b'}' } else { b']' }
    }

    fn enter(&mut self, object: bool) {
        self.objects = self.objects << 1 | u64::from(object);
        self.depth += 1;
    }

    fn leave(&mut self) {
        self.objects >>= 1;
        self.depth -= 1;
    }
}

impl Cursor<'_> {
    fn object(&mut self, members: &mut Vec<(String, String)>) -> bool {
        if !self.is_token(b'{') {
            return false;
        }
        let mut more = !self.is_token(b'}');
        while more {
            if !self.name() {
                return false;
            }
            let name = take(&mut self.read);
            if !self.value() {
                return false;
            }
            members.push((name, take(&mut self.read)));
            more = self.is_token(b',');
            if !more && !self.is_token(b'}') {
                return false;
            }
        }
        true
    }

    #[inline(never)]
    fn name(&mut self) -> bool {
        self.string() && self.is_token(b':')
    }

    /// Reads a value: the text of a string, the bytes of everything else.
    fn value(&mut self) -> bool {
        self.blank();
        if self.peek() == b'"' {
            return self.string();
        }
        let from = self.at;
        let is = self.skip();
        self.read = self.text.get(from..self.at).unwrap_or_default().to_owned();
        is
    }

    /// Reads past a value and everything in it.
    fn skip(&mut self) -> bool {
        let mut around = Around { objects: 0, depth: 0 };
        loop {
            self.blank();
            if around.depth > DEEPEST {
                return false;
            }
            let open = self.peek();
            let is = match open {
                b'[' | b'{' => {
                    self.at += 1;
                    around.enter(open == b'{');
                    if !self.is_token(around.close()) {
                        if around.is_object() && !self.name() {
                            return false;
                        }
                        continue;
                    }
                    around.leave();
                    true
                }
                b'"' => self.string(),
                _ => self.word(),
            };
            if !is {
                return false;
            }
            while around.depth > 0 && !self.is_token(b',') {
                if !self.is_token(around.close()) {
                    return false;
                }
                around.leave();
            }
            if around.depth == 0 {
                return true;
            }
            if around.is_object() && !self.name() {
                return false;
            }
        }
    }

    /// Reads `true`, `false`, `null` or a number.
    fn word(&mut self) -> bool {
        let from = self.at;
        while matches!(self.peek(), b'a'..=b'z' | b'0'..=b'9' | b'E' | b'+' | b'-' | b'.') {
            self.at += 1;
        }
        let word = self.text.as_bytes().get(from..self.at).unwrap_or_default();
        let is = matches!(word, b"true" | b"false" | b"null") || is_number(word);
        if !is {
            self.at = from;
        }
        is
    }

    #[inline(never)]
    fn string(&mut self) -> bool {
        self.read.clear();
        if !self.is_token(b'"') {
            return false;
        }
        loop {
            let from = self.at;
            while !matches!(self.peek(), b'"' | b'\\' | 0..b' ') {
                self.at += 1;
            }
            self.read
                .push_str(self.text.get(from..self.at).unwrap_or_default());
            match self.peek() {
                b'"' => {
                    self.at += 1;
                    return true;
                }
                b'\\' => {
                    self.at += 1;
                    match self.escape() {
                        Some(c) => self.read.push(c),
                        None => return false,
                    }
                }
                _ => return false,
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        let byte = self.peek();
        let escaped = match byte {
            b'"' | b'\\' | b'/' => byte,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => return self.unicode(),
            _ => return None,
        };
        self.at += 1;
        Some(escaped.into())
    }

    /// Reads `u` and the hexadecimal digits behind it, twice if it is half of a character.
    fn unicode(&mut self) -> Option<char> {
        let code = self.hex();
        if !(0xD800..0xDC00).contains(&code) {
            return char::from_u32(code);
        }
        if self.peek() != b'\\' {
            return None;
        }
        self.at += 1;
        let second = self.hex().wrapping_sub(0xDC00);
        if second >= 0x400 {
            return None;
        }
        char::from_u32(0x1_0000 + ((code - 0xD800) << 10) + second)
    }

    /// Reads `u` and four hexadecimal digits; what is none is no character either.
    #[inline(never)]
    fn hex(&mut self) -> u32 {
        let mut code = 0;
        if self.peek() != b'u' {
            return u32::MAX;
        }
        for _ in 0..4 {
            self.at += 1;
            let Some(digit) = char::from(self.peek()).to_digit(16) else {
                return u32::MAX;
            };
            code = code << 4 | digit;
        }
        self.at += 1;
        code
    }

    /// Reads past a byte and what is blank before it, if that is what comes.
    #[inline(never)]
    fn is_token(&mut self, byte: u8) -> bool {
        self.blank();
        let is = self.peek() == byte;
        self.at += usize::from(is);
        is
    }

    fn blank(&mut self) {
        while matches!(self.peek(), b' ' | b'\t' | b'\n' | b'\r') {
            self.at += 1;
        }
    }

    /// The byte at the cursor, and behind the end one that JSON does not have.
    fn peek(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }
}

fn is_number(word: &[u8]) -> bool {
    let mut bytes = word.strip_prefix(b"-").unwrap_or(word);
    let leads = bytes.first() == Some(&b'0');
    let whole = digits(&mut bytes);
    if whole == 0 || leads && whole > 1 {
        return false;
    }
    if let Some(rest) = bytes.strip_prefix(b".") {
        bytes = rest;
        if digits(&mut bytes) == 0 {
            return false;
        }
    }
    if let Some((b'e' | b'E', rest)) = bytes.split_first() {
        bytes = rest;
        if let Some((b'+' | b'-', rest)) = bytes.split_first() {
            bytes = rest;
        }
        if digits(&mut bytes) == 0 {
            return false;
        }
    }
    bytes.is_empty()
}

/// Reads past digits, and says how many they are.
#[inline(never)]
fn digits(bytes: &mut &[u8]) -> usize {
    let mut count = 0;
    while let Some((b'0'..=b'9', rest)) = bytes.split_first() {
        *bytes = rest;
        count += 1;
    }
    count
}
