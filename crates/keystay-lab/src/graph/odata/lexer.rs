//! The words of a `$filter`.

/// A word.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Open,
    Close,
    Comma,
    Colon,
    /// A name, an operator, or a value without quotes: `true`, `null`, a number, a moment, a GUID.
    Word(String),
    /// A value in quotes.
    Text(String),
}

/// Splits a filter into words; `None` when a quote is not closed.
pub(super) fn tokens(filter: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = filter.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '(' => push(&mut tokens, Token::Open),
            ')' => push(&mut tokens, Token::Close),
            ',' => push(&mut tokens, Token::Comma),
            '\'' => {
                let (text, length) = quoted(rest)?;
                tokens.push(Token::Text(text));
                length
            }
            ':' => push(&mut tokens, Token::Colon),
            _ => {
                // A moment holds colons, the variable of a lambda is followed by one.
                let moment = rest.starts_with(|digit: char| digit.is_ascii_digit());
                let ends =
                    |letter: char| letter.is_whitespace() || "(),'".contains(letter) || (letter == ':' && !moment);
                let length = rest.find(ends).unwrap_or(rest.len());
                tokens.push(Token::Word(rest[..length].to_owned()));
                length
            }
        };
        rest = rest[length..].trim_start();
    }
    Some(tokens)
}

fn push(tokens: &mut Vec<Token>, token: Token) -> usize {
    tokens.push(token);
    1
}

/// A text in quotes and how long it is with them. Two quotes stand for one.
fn quoted(from: &str) -> Option<(String, usize)> {
    let mut text = String::new();
    let mut letters = from.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        if letter != '\'' {
            text.push(letter);
        } else if letters.next_if(|(_, next)| *next == '\'').is_some() {
            text.push('\'');
        } else {
            return Some((text, at + 1));
        }
    }
    None
}
