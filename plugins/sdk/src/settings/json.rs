//! The members of one JSON object (RFC 8259), in about 3 KB of code: what settings need, and no more.

/// How deep lists and objects may be within each other.
const DEEPEST: u32 = 32;

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
    fn object(&mut self) -> Result<Vec<(String, String)>, usize> {
        let mut members = Vec::new();
        self.token(b'{')?;
        let mut more = !self.is_token(b'}');
        while more {
            let name = self.name()?;
            members.push((name, self.value()?));
            more = self.is_token(b',');
            if !more {
                self.token(b'}')?;
            }
        }
        Ok(members)
    }

    #[inline(never)]
    fn name(&mut self) -> Result<String, usize> {
        let name = self.string()?;
        self.token(b':')?;
        Ok(name)
    }

    /// Reads a value: the text of a string, the bytes of everything else.
    fn value(&mut self) -> Result<String, usize> {
        self.blank();
        if self.peek() == Some(b'"') {
            return self.string();
        }
        let from = self.at;
        self.skip()?;
        self.text.get(from..self.at).map(str::to_owned).ok_or(from)
    }

    /// Reads past a value and everything in it.
    fn skip(&mut self) -> Result<(), usize> {
        let mut around = Around { objects: 0, depth: 0 };
        loop {
            self.blank();
            if around.depth > DEEPEST {
                return Err(self.at);
            }
            match self.peek() {
                Some(open @ (b'[' | b'{')) => {
                    self.at += 1;
                    around.enter(open == b'{');
                    if !self.is_token(around.close()) {
                        if around.is_object() {
                            self.name()?;
                        }
                        continue;
                    }
                    around.leave();
                }
                Some(b'"') => drop(self.string()?),
                _ => self.word()?,
            }
            while around.depth > 0 && !self.is_token(b',') {
                self.token(around.close())?;
                around.leave();
            }
            if around.depth == 0 {
                return Ok(());
            }
            if around.is_object() {
                self.name()?;
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

    #[inline(never)]
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
        Ok(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(),
            _ => return Err(at),
        })
    }

    fn unicode(&mut self) -> Result<char, usize> {
        let at = self.at;
        let mut code = self.hex()?;
        if (0xD800..0xDC00).contains(&code) {
            for expected in [b'\\', b'u'] {
                if self.peek() != Some(expected) {
                    return Err(at);
                }
                self.at += 1;
            }
            let second = self.hex()?.wrapping_sub(0xDC00);
            if second >= 0x400 {
                return Err(at);
            }
            code = 0x1_0000 + ((code - 0xD800) << 10) + second;
        }
        char::from_u32(code).ok_or(at)
    }

    #[inline(never)]
    fn hex(&mut self) -> Result<u32, usize> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            code = code << 4 | digit.ok_or(self.at)?;
            self.at += 1;
        }
        Ok(code)
    }

    fn token(&mut self, byte: u8) -> Result<(), usize> {
        if self.is_token(byte) { Ok(()) } else { Err(self.at) }
    }

    /// Reads past a byte and what is blank before it, if that is what comes.
    #[inline(never)]
    fn is_token(&mut self, byte: u8) -> bool {
        self.blank();
        let is = self.peek() == Some(byte);
        self.at += usize::from(is);
        is
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
