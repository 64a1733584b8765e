//! Distinguished names in their text form (RFC 4514, as far as certificate policies use it).

use rcgen::{DistinguishedName, DnType, DnValue};
use x509_parser::x509::X509Name;

use crate::keyvault::wire::VaultError;

/// Reads `CN=harbor, O="Contoso, Ltd"`. An attribute may occur once: that is all the certificate builder can write.
pub(super) fn parse(text: &str) -> Result<DistinguishedName, VaultError> {
    let mut name = DistinguishedName::new();
    for part in parts(text) {
        let part = part.trim();
        if part.is_empty() {
            continue;
        }
        let wrong =
            || VaultError::bad_parameter(format!("The subject '{text}' is not a valid X.500 distinguished name."));
        let (attribute, value) = part.split_once('=').ok_or_else(wrong)?;
        let kind = dn_type(attribute.trim()).ok_or_else(wrong)?;
        if name.get(&kind).is_some() {
            return Err(VaultError::bad_parameter(format!("The subject '{text}' has an attribute twice.")));
        }
        let value = unquoted(value.trim());
        let value = match kind {
            // the standard allows a country as PrintableString only
            DnType::CountryName => DnValue::PrintableString(value.try_into().map_err(|_| wrong())?),
            _ => DnValue::Utf8String(value),
        };
        name.push(kind, value);
    }
    Ok(name)
}

/// Splits at commas that are neither quoted nor escaped.
fn parts(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let (mut quoted, mut escaped) = (false, false);
    for character in text.chars() {
        let separates = matches!(character, ',' | ';') && !quoted && !escaped;
        if separates {
            parts.push(String::new());
        } else if let Some(part) = parts.last_mut() {
            part.push(character);
        }
        quoted ^= character == '"' && !escaped;
        escaped = character == '\\' && !escaped;
    }
    parts
}

fn unquoted(value: &str) -> String {
    let inner = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value);
    let mut plain = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        plain.extend(if character == '\\' { characters.next() } else { Some(character) });
    }
    plain
}

fn dn_type(attribute: &str) -> Option<DnType> {
    let known = TYPES.iter().find(|(names, _)| names.iter().any(|name| name.eq_ignore_ascii_case(attribute)))?;
    Some(DnType::from_oid(known.1))
}

/// Writes a certificate's name as the service shows it: the last attribute of the encoding first, a state as `S`.
pub(super) fn display(name: &X509Name<'_>) -> String {
    let attributes: Vec<String> = name
        .iter_attributes()
        .map(|attribute| {
            let oid = attribute.attr_type();
            let known = TYPES.iter().find(|(_, arcs)| oid.iter().is_some_and(|other| other.eq(arcs.iter().copied())));
            let kind = known.map_or_else(|| oid.to_id_string(), |(names, _)| names[0].to_owned());
            format!("{kind}={}", quoted(attribute.as_str().unwrap_or_default()))
        })
        .collect();
    attributes.into_iter().rev().collect::<Vec<_>>().join(", ")
}

fn quoted(value: &str) -> String {
    if value.contains([',', ';', '+', '=', '"', '\\']) {
        format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        value.to_owned()
    }
}

/// Attribute types by the names they may have, the service's own first.
const TYPES: [(&[&str], &[u64]); 10] = [
    (&["CN"], &[2, 5, 4, 3]),
    (&["O"], &[2, 5, 4, 10]),
    (&["OU"], &[2, 5, 4, 11]),
    (&["L"], &[2, 5, 4, 7]),
    (&["S", "ST"], &[2, 5, 4, 8]),
    (&["C"], &[2, 5, 4, 6]),
    (&["DC"], &[0, 9, 2342, 19_200_300, 100, 1, 25]),
    (&["E", "EMAIL", "EMAILADDRESS"], &[1, 2, 840, 113_549, 1, 9, 1]),
    (&["SERIALNUMBER"], &[2, 5, 4, 5]),
    (&["STREET"], &[2, 5, 4, 9]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_comma_belongs_to_the_value() {
        let name = parse(r#"CN=harbor, O="Contoso, Ltd", C=NL"#).unwrap();
        assert_eq!(name.get(&DnType::OrganizationName), Some(&DnValue::Utf8String("Contoso, Ltd".into())));
        assert_eq!(name.get(&DnType::CommonName), Some(&DnValue::Utf8String("harbor".into())));
    }

    #[test]
    fn a_subject_without_attribute_types_is_refused() {
        assert!(parse("harbor").is_err());
    }
}
