//! S1: the two renderings say the same. Each is read back by a reader of its language, the Terraform one is said again
//! in CloudFormation's words, and then both are compared leaf by leaf. What may differ stands in one table, with the
//! reason and the value of either side. S2: nobody may do more than the pipe needs.

mod cloudformation;
mod compare;
mod differences;
mod environments;
mod mutations;
mod privileges;
mod terraform;
mod traps;
mod words;

use penstock_stack::Stack;
use serde_json::Value;

/// Both renderings of a stack, read back.
fn read(stack: &Stack) -> (Value, Value) {
    let template = cloudformation::read(&penstock_stack::cloudformation::render(stack));
    (template, terraform::read(&penstock_stack::terraform::render(stack)))
}
