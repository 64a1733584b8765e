//! What all collections of Graph have in common: selecting, filtering, sorting, counting and paging (OData 4.0).

mod entity;
mod filter;
mod lexer;
mod page;
mod query;

pub(super) use entity::{DIRECTORY_OBJECT, EntityType, TYPE};
pub(super) use query::Query;
