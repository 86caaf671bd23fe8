//! A type of Rust's in Lua's hands: methods, fields, an operator.
//!
//! `cargo run --example userdata`

use evalua::{Lua, MetaMethod, UserData, UserDataFields, UserDataMethods, UserDataRef};

/// An amount of money, in cents.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Money {
    cents: i64,
}

impl UserData for Money {
    fn add_fields<F: UserDataFields<Self>>(fields: &mut F) {
        fields.add_field_method_get("cents", |_, money| Ok(money.cents));
        fields.add_field_method_set("cents", |_, money, cents| {
            money.cents = cents;
            Ok(())
        });
    }

    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_method("share", |_, money, parts: i64| {
            Ok(Money {
                cents: money.cents / parts,
            })
        });
        methods.add_meta_function(
            MetaMethod::Add,
            |_, (a, b): (UserDataRef<Money>, UserDataRef<Money>)| {
                Ok(Money {
                    cents: a.cents + b.cents,
                })
            },
        );
        methods.add_meta_method(MetaMethod::ToString, |_, money, ()| {
            Ok(format!("{}.{:02}", money.cents / 100, money.cents % 100))
        });
    }
}

/// Lets a script count money.
pub fn main() -> Result<(), evalua::Error> {
    let lua = Lua::new();
    let money = lua.create_function(|_, cents: i64| Ok(Money { cents }))?;
    lua.globals().set("money", money)?;
    let shown: String = lua
        .load(
            "local total = money(1250) + money(775)
             total.cents = total.cents - 25
             return tostring(total) .. ' or ' .. tostring(total:share(4)) .. ' each'",
        )
        .eval()?;
    println!("{shown}");
    assert_eq!(shown, "20.00 or 5.00 each");
    // What Lua made, in Rust's hands again.
    let made: UserDataRef<Money> = lua.load("money(99) + money(1)").eval()?;
    assert_eq!(*made, Money { cents: 100 });
    Ok(())
}
