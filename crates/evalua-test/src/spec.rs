//! [`Spec`]: a file of cases, and what it says of itself when it is loaded.
//!
//! Owns the tree of groups and cases. How one runs is for [`case`](crate::case).

use evalua_vm::{Function, Value};

use crate::failure::Place;

/// A spec, as it is given to the bench.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    /// What messages call it, its path most often.
    pub name: String,
    /// Its text.
    pub source: Vec<u8>,
}

/// What a spec has said of itself.
#[derive(Debug)]
pub struct Tree {
    /// The groups; the first is the whole file.
    pub groups: Vec<Group>,
    /// The cases in the order of the file.
    pub cases: Vec<Case>,
    /// The group that is being described.
    pub current: usize,
}

/// A `describe`.
#[derive(Debug, Default)]
pub struct Group {
    /// Its name; none of the file itself.
    pub name: Option<String>,
    /// The group that it is in; the file is in itself.
    pub parent: usize,
    /// What runs before each of its cases.
    pub before_each: Vec<Function>,
    /// What runs after each of its cases.
    pub after_each: Vec<Function>,
    /// What is to hold after each of its cases.
    pub invariants: Vec<Function>,
}

/// An `it`.
#[derive(Clone, Debug)]
pub struct Case {
    /// The names of its groups, and its own.
    pub path: Vec<String>,
    /// Its group.
    pub group: usize,
    /// Where it stands: in the spec, or in a file that it requires.
    pub place: Option<Place>,
    /// What it does; nothing if it is still to be written.
    pub body: Option<Function>,
    /// What the body is called with: a row of parameters.
    pub args: Vec<Value>,
}

impl Case {
    /// Its whole name.
    pub fn name(&self) -> String {
        self.path.join(" ")
    }
}

impl Default for Tree {
    fn default() -> Tree {
        Tree {
            groups: vec![Group::default()],
            cases: Vec::new(),
            current: 0,
        }
    }
}

impl Tree {
    /// The current group and those around it, innermost first.
    pub fn groups_around(&self, group: usize) -> Vec<&Group> {
        let mut found = Vec::new();
        let mut next = Some(group);
        while let Some(at) = next {
            let group = &self.groups[at];
            found.push(group);
            next = (at != group.parent).then_some(group.parent);
        }
        found
    }

    /// The group that is being described.
    pub fn group_mut(&mut self) -> &mut Group {
        &mut self.groups[self.current]
    }

    /// Begins to describe a group.
    pub fn enter(&mut self, name: String) {
        self.groups.push(Group {
            name: Some(name),
            parent: self.current,
            ..Group::default()
        });
        self.current = self.groups.len() - 1;
    }

    /// Ends that.
    pub fn leave(&mut self) {
        self.current = self.groups[self.current].parent;
    }

    /// Adds a case to the current group.
    pub fn add(
        &mut self,
        name: String,
        place: Option<Place>,
        body: Option<Function>,
        args: Vec<Value>,
    ) {
        let around = self.groups_around(self.current);
        let names = around.iter().rev().filter_map(|group| group.name.clone());
        let path = names.chain([name]).collect();
        self.cases.push(Case {
            path,
            group: self.current,
            place,
            body,
            args,
        });
    }
}
