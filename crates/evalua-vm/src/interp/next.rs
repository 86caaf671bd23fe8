//! The ways from one instruction to the next.
//!
//! Owns: keeping them apart. A processor predicts an indirect jump well where each arm of the loop has
//! one of its own, and badly where all share one. The compiler copies the jump into the arms, but not
//! into more than sixteen at once: so the arms meet in groups first, and only the groups meet. It must
//! not know what the arms do.
#![allow(unsafe_code, reason = "empty assembly; it has no invariants to keep")]

/// Which arms an arm meets on its way to the next instruction.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    Plain,
    Field,
    Index,
    Sum,
    Product,
    Quotient,
    SumA,
    ProductA,
    QuotientA,
    FromA,
    Test,
    Equal,
    EqualK,
    Less,
    LessEqual,
    LessK,
    GreaterK,
    Return,
    Loop,
    Rare,
}

/// Assembly that does nothing but differ from all other, in several statements: what is shorter than
/// that is copied into the arms before the jump is.
macro_rules! apart {
    ($name:literal) => {{
        apart!($name, 1, 2, 3, 4, 5);
    }};
    ($name:literal, $($part:literal),*) => {
        $(
            #[cfg(all(any(target_arch = "x86_64", target_arch = "aarch64"), not(miri)))]
            // SAFETY: a comment does nothing.
            unsafe {
                std::arch::asm!(
                    concat!("/* ", $name, $part, " */"),
                    options(nomem, nostack, preserves_flags)
                );
            }
        )*
    };
}

impl Next {
    /// Whether an arm has left its result in the accumulator.
    #[inline(always)]
    pub(super) fn is_arithmetic(self) -> bool {
        matches!(
            self,
            Next::Sum
                | Next::Product
                | Next::Quotient
                | Next::SumA
                | Next::ProductA
                | Next::QuotientA
                | Next::FromA
        )
    }

    /// Goes the way of the group. The loop for hooked coroutines is not worth it.
    #[inline(always)]
    pub(super) fn keep_apart<const HOOKED: bool>(self) {
        if HOOKED {
            return;
        }
        match self {
            Next::Plain => apart!("plain"),
            Next::Field => apart!("field"),
            Next::Index => apart!("index"),
            Next::Sum => apart!("sum"),
            Next::Product => apart!("product"),
            Next::Quotient => apart!("quotient"),
            Next::SumA => apart!("sum from accumulator"),
            Next::ProductA => apart!("product of accumulator"),
            Next::QuotientA => apart!("quotient of accumulator"),
            Next::FromA => apart!("from accumulator"),
            Next::Test => apart!("test"),
            Next::Equal => apart!("equal"),
            Next::EqualK => apart!("equal to a constant"),
            Next::Less => apart!("less"),
            Next::LessEqual => apart!("less or equal"),
            Next::LessK => apart!("less than a constant"),
            Next::GreaterK => apart!("greater than a constant"),
            Next::Return => apart!("return"),
            Next::Loop => apart!("loop"),
            Next::Rare => apart!("rare"),
        }
        // There would be too many groups to meet in one place.
        if self.is_arithmetic() {
            apart!("arithmetic", 1, 2);
        }
    }
}
