//! The words and the look of the consent page. It works without scripts and with a keyboard or a screen reader.

use super::Consent;

const STYLE: &str = "\
:root{color-scheme:light dark;--line:#767676;--accent:#0b57a4;--on-accent:#fff}\
@media(prefers-color-scheme:dark){:root{--accent:#8cc2ff;--on-accent:#00213f}}\
body{font:1rem/1.5 system-ui,sans-serif;margin:0;padding:2rem 1rem}\
main{max-width:30rem;margin:auto}\
h1{font-size:1.5rem;line-height:1.25}\
label{display:block;margin-top:1rem;font-weight:600}\
input{box-sizing:border-box;width:100%;padding:.6rem;font:inherit;border:1px solid var(--line);border-radius:.25rem}\
button{font:inherit;padding:.6rem 1.5rem;margin:1.5rem .75rem 0 0;border:1px solid var(--accent);border-radius:.25rem;background:none;color:inherit;cursor:pointer}\
button.main{background:var(--accent);color:var(--on-accent)}\
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}\
.problem{border-left:4px solid #c50f1f;padding:.5rem 1rem}\
.lab{font-size:.875rem}\
pre{white-space:pre-wrap;overflow-wrap:anywhere}";

/// The page that asks. `problem` says why the last attempt did not work.
pub(super) fn ask(consent: &Consent, target: &str, problem: Option<&str>) -> String {
    let app = escape(&consent.app_name);
    let publisher = escape(&consent.publisher);
    let problem = problem.map(|words| format!("<p class=\"problem\" role=\"alert\">{}</p>", escape(words)));
    let items = consent
        .permissions
        .iter()
        .map(|(title, description)| format!("<li><strong>{}</strong><br>{}</li>", escape(title), escape(description)));
    let permissions = items
        .reduce(|list, item| list + &item)
        .unwrap_or_else(|| "<li>Nothing beyond being known here</li>".to_owned());
    let body = format!(
        "<h1>Let <em>{app}</em> into your organisation?</h1>\
         <p>Published by {publisher}. If you accept, the app gets these permissions for everybody in your organisation:</p>\
         <ul>{permissions}</ul>\
         {problem}\
         <form method=\"post\" action=\"{target}\">\
         <label for=\"username\">User name</label>\
         <input id=\"username\" name=\"username\" type=\"email\" autocomplete=\"username\" required>\
         <label for=\"password\">Password</label>\
         <input id=\"password\" name=\"password\" type=\"password\" autocomplete=\"current-password\" required>\
         <button class=\"main\" name=\"decision\" value=\"accept\">Accept</button>\
         <button name=\"decision\" value=\"decline\" formnovalidate>Decline</button>\
         </form>\
         <p class=\"lab\">This is the keystay lab, not Microsoft. Never type a real password here.</p>",
        problem = problem.unwrap_or_default(),
        target = escape(target),
    );
    document("Permissions requested", &body)
}

/// The page for a link that cannot work. It never leads anywhere.
pub(super) fn failure(words: &str) -> String {
    let body = format!("<h1>This consent link does not work</h1><pre role=\"alert\">{}</pre>", escape(words));
    document("This consent link does not work", &body)
}

fn document(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title}</title><style>{STYLE}</style></head><body><main>{body}</main></body></html>"
    )
}

fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(letter),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_break_out_of_the_page() {
        assert_eq!(escape("<b a='1' c=\"2\">&"), "&lt;b a=&#39;1&#39; c=&quot;2&quot;&gt;&amp;");
    }
}
