//! The order of the functions in a module.
//!
//! Owns that functions which are alike stand side by side, so that a packer finds the second in the first: one
//! generic function for many types, above all. `gzip` looks 32 KB back, and the code is fifty times as long.

use std::collections::HashMap;

use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{CodeSection, FunctionSection, Module};
use wasmparser::{
    CodeSectionReader, CustomSectionReader, FunctionSectionReader, KnownCustom, Name, Parser,
    Payload, TypeRef,
};

/// The module with its functions by their names, and those of one name by their length; without the names.
pub(crate) fn by_name(module: &[u8]) -> Result<Vec<u8>, Error> {
    let mut order = Order::read(module)?;
    let mut ordered = Module::new();
    order.parse_core_module(&mut ordered, Parser::new(0), module)?;
    Ok(ordered.finish())
}

struct Order {
    /// How many functions are imported: they keep their places, which are the first.
    imported: u32,
    /// What each place takes, of those behind the imported ones.
    taken: Vec<usize>,
    /// Where each of them goes.
    places: Vec<u32>,
}

impl Order {
    fn read(module: &[u8]) -> Result<Order, Error> {
        let mut imported = 0;
        let mut lengths = Vec::new();
        let mut names = HashMap::new();
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                    }
                }
                Payload::CodeSectionEntry(body) => lengths.push(body.range().len()),
                Payload::CustomSection(section) => {
                    if let KnownCustom::Name(all) = section.as_known() {
                        for name in all {
                            if let Name::Function(functions) = name? {
                                for naming in functions {
                                    let naming = naming?;
                                    names.insert(naming.index, without_hash(naming.name));
                                }
                            }
                        }
                    }
                }
                _ => {}
            }
        }
        let mut taken: Vec<usize> = (0..lengths.len()).collect();
        taken.sort_by_key(|&function| {
            let index = imported + function as u32;
            (names.get(&index), lengths[function])
        });
        let mut places = vec![0; taken.len()];
        for (place, &function) in (imported..).zip(&taken) {
            places[function] = place;
        }
        Ok(Order {
            imported,
            taken,
            places,
        })
    }
}

/// A name without what tells the types apart that the function was made for: `…::h0a55edf690a01a8c`.
fn without_hash(name: &str) -> &str {
    match name.rsplit_once("::h") {
        Some((path, hash)) if hash.len() == 16 => path,
        _ => name,
    }
}

impl Reencode for Order {
    type Error = std::convert::Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, Error> {
        Ok(match function.checked_sub(self.imported) {
            Some(own) => self.places[own as usize],
            None => function,
        })
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: FunctionSectionReader<'_>,
    ) -> Result<(), Error> {
        let types = section.into_iter().collect::<Result<Vec<_>, _>>()?;
        for &function in &self.taken {
            functions.function(types[function]);
        }
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: CodeSectionReader<'_>,
    ) -> Result<(), Error> {
        let bodies = section.into_iter().collect::<Result<Vec<_>, _>>()?;
        for at in 0..self.taken.len() {
            self.parse_function_body(code, bodies[self.taken[at]].clone())?;
        }
        Ok(())
    }

    fn parse_custom_section(
        &mut self,
        module: &mut Module,
        section: CustomSectionReader<'_>,
    ) -> Result<(), Error> {
        match section.as_known() {
            KnownCustom::Name(_) => Ok(()),
            _ => utils::parse_custom_section(self, module, section),
        }
    }
}
