//! The members of one JSON object (RFC 8259), in about 4 KB of code: what settings need, and no more.

/// How deep lists and objects may be within each other.
const DEEPEST: usize = 32;

/// Returns the members of an object in their order, strings as their text, other values as they are written.
///
/// # Errors
/// The byte at which it is not JSON.
pub(super) fn members(text: &str) -> Result<Vec<(String, String)>, usize> {
    let mut cursor = Cursor { text, at: 0 };
    let members = cursor.object()?;
    cursor.blank();
    if cursor.at == text.len() {
        Ok(members)
    } else {
        Err(cursor.at)
    }
}

struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl Cursor<'_> {
    fn object(&mut self) -> Result<Vec<(String, String)>, usize> {
        let mut members = Vec::new();
        self.items(b'{', b'}', |cursor| {
            cursor.blank();
            let name = cursor.string()?;
            cursor.token(b':')?;
            members.push((name, cursor.value()?));
            Ok(())
        })?;
        Ok(members)
    }

    /// Reads a value: the text of a string, the bytes of everything else.
    fn value(&mut self) -> Result<String, usize> {
        self.blank();
        if self.peek() == Some(b'"') {
            return self.string();
        }
        let from = self.at;
        self.skip(0)?;
        self.text.get(from..self.at).map(str::to_owned).ok_or(from)
    }

    fn skip(&mut self, depth: usize) -> Result<(), usize> {
        self.blank();
        match self.peek() {
            _ if depth > DEEPEST => Err(self.at),
            Some(b'"') => self.string().map(drop),
            Some(b'[') => self.items(b'[', b']', |cursor| cursor.skip(depth + 1)),
            Some(b'{') => self.items(b'{', b'}', |cursor| {
                cursor.blank();
                cursor.string()?;
                cursor.token(b':')?;
                cursor.skip(depth + 1)
            }),
            _ => self.word(),
        }
    }

    fn items(
        &mut self,
        open: u8,
        close: u8,
        mut item: impl FnMut(&mut Self) -> Result<(), usize>,
    ) -> Result<(), usize> {
        self.token(open)?;
        self.blank();
        if self.peek() == Some(close) {
            return self.token(close);
        }
        loop {
            item(self)?;
            self.blank();
            match self.peek() {
                Some(b',') => self.at += 1,
                _ => return self.token(close),
            }
        }
    }

    /// Reads `true`, `false`, `null` or a number.
    fn word(&mut self) -> Result<(), usize> {
        let from = self.at;
        while matches!(
            self.peek(),
            Some(b'a'..=b'z' | b'0'..=b'9' | b'E' | b'+' | b'-' | b'.')
        ) {
            self.at += 1;
        }
        match self.text.get(from..self.at) {
            Some("true" | "false" | "null") => Ok(()),
            Some(word) if is_number(word.as_bytes()) => Ok(()),
            _ => Err(from),
        }
    }

    fn string(&mut self) -> Result<String, usize> {
        self.token(b'"')?;
        let mut text = String::new();
        loop {
            let from = self.at;
            while !matches!(self.peek(), None | Some(b'"' | b'\\' | 0..b' ')) {
                self.at += 1;
            }
            text.push_str(self.text.get(from..self.at).ok_or(from)?);
            let ended = self.peek();
            self.at += usize::from(ended.is_some());
            match ended {
                Some(b'"') => return Ok(text),
                Some(b'\\') => text.push(self.escape()?),
                Some(_) => return Err(self.at - 1),
                None => return Err(from),
            }
        }
    }

    fn escape(&mut self) -> Result<char, usize> {
        let at = self.at;
        let byte = self.peek().ok_or(at)?;
        self.at += 1;
        match byte {
            b'"' | b'\\' | b'/' => Ok(char::from(byte)),
            b'b' => Ok('\u{8}'),
            b'f' => Ok('\u{c}'),
            b'n' => Ok('\n'),
            b'r' => Ok('\r'),
            b't' => Ok('\t'),
            b'u' => self.unicode(),
            _ => Err(at),
        }
    }

    fn unicode(&mut self) -> Result<char, usize> {
        let at = self.at;
        let first = self.hex()?;
        let code = if (0xD800..0xDC00).contains(&first) {
            if !self
                .text
                .get(self.at..)
                .is_some_and(|rest| rest.starts_with("\\u"))
            {
                return Err(at);
            }
            self.at += 2;
            let second = self
                .hex()?
                .checked_sub(0xDC00)
                .filter(|it| *it < 0x400)
                .ok_or(at)?;
            0x1_0000 + ((first - 0xD800) << 10) + second
        } else {
            first
        };
        char::from_u32(code).ok_or(at)
    }

    fn hex(&mut self) -> Result<u32, usize> {
        let digits = self.text.get(self.at..self.at + 4).ok_or(self.at)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(self.at);
        }
        let code = u32::from_str_radix(digits, 16).map_err(|_| self.at)?;
        self.at += 4;
        Ok(code)
    }

    fn token(&mut self, byte: u8) -> Result<(), usize> {
        self.blank();
        if self.peek() != Some(byte) {
            return Err(self.at);
        }
        self.at += 1;
        Ok(())
    }

    fn blank(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}

fn is_number(word: &[u8]) -> bool {
    let word = word.strip_prefix(b"-").unwrap_or(word);
    let digits = |from: usize| {
        let rest = word.iter().skip(from);
        rest.take_while(|byte| byte.is_ascii_digit()).count()
    };
    let whole = digits(0);
    if whole == 0 || (whole > 1 && word.first() == Some(&b'0')) {
        return false;
    }
    let mut at = whole;
    if word.get(at) == Some(&b'.') {
        let decimals = digits(at + 1);
        if decimals == 0 {
            return false;
        }
        at += 1 + decimals;
    }
    if matches!(word.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(word.get(at + 1), Some(b'+' | b'-')));
        let exponent = digits(at + 1 + sign);
        if exponent == 0 {
            return false;
        }
        at += 1 + sign + exponent;
    }
    at == word.len()
}
