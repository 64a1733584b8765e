//! The people of the seeded tenants. None of them exists.

use uuid::Uuid;

use super::DEMO_PASSWORD;
use crate::directory::{AdminRole, User};

pub(super) struct Person<'a> {
    pub(super) given: &'a str,
    pub(super) surname: &'a str,
    pub(super) title: &'a str,
}

impl Person<'_> {
    pub(super) fn user(&self, domain: &str, roles: Vec<AdminRole>) -> User {
        let local = match roles.as_slice() {
            [] => format!("{}.{}", ascii(self.given), ascii(self.surname)),
            _ => "admin".to_owned(),
        };
        let address = format!("{local}@{domain}");
        User {
            id: Uuid::nil(),
            display_name: format!("{} {}", self.given, self.surname),
            given_name: self.given.to_owned(),
            surname: self.surname.to_owned(),
            mail: address.clone(),
            user_principal_name: address,
            job_title: self.title.to_owned(),
            password: DEMO_PASSWORD.to_owned(),
            disabled: false,
            roles,
        }
    }
}

/// Sign-in names hold plain letters only.
fn ascii(name: &str) -> String {
    name.chars()
        .filter_map(|letter| match letter {
            'á' | 'ã' | 'ä' | 'å' | 'ā' => Some('a'),
            'é' | 'ë' | 'è' => Some('e'),
            'í' | 'ı' => Some('i'),
            'ñ' | 'ń' => Some('n'),
            'ó' | 'ö' | 'ø' => Some('o'),
            'ü' | 'ú' => Some('u'),
            'ş' => Some('s'),
            'ł' => Some('l'),
            letter if letter.is_ascii_alphabetic() => Some(letter.to_ascii_lowercase()),
            _ => None,
        })
        .collect()
}

const fn person(given: &'static str, surname: &'static str, title: &'static str) -> Person<'static> {
    Person { given, surname, title }
}

pub(super) const HARBOR: [Person<'static>; 1] = [person("Ingrid", "Solberg", "Software engineer")];

pub(super) const JUNIPER: [Person<'static>; 6] = [
    person("Amara", "Okafor", "Head of operations"),
    person("Kenji", "Watanabe", "Analyst"),
    person("Lucía", "Fernández", "Account manager"),
    person("Tomasz", "Wójcik", "Warehouse lead"),
    person("Priya", "Raman", "Data engineer"),
    person("Elif", "Yılmaz", "Controller"),
];

pub(super) const MARLOW: [Person<'static>; 6] = [
    person("Sofia", "Almeida", "Managing director"),
    person("Noah", "Lindqvist", "Product designer"),
    person("Leila", "Haddad", "Counsel"),
    person("Wei", "Zhang", "Site manager"),
    person("Tāne", "Parata", "Field engineer"),
    person("Chiara", "Ricci", "Procurement"),
];

pub(super) const CUSTOMER: [Person<'static>; 2] =
    [person("Mila", "Novak", "Office manager"), person("Daniel", "Mensah", "Accountant")];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sign_in_names_are_plain_and_different() {
        for people in [&JUNIPER[..], &MARLOW[..]] {
            let names: std::collections::BTreeSet<_> =
                people.iter().map(|person| person.user("example.com", Vec::new()).user_principal_name).collect();
            assert_eq!(names.len(), 6);
            assert!(names.iter().all(|name| name.is_ascii() && !name.starts_with('.')), "{names:?}");
        }
    }
}
