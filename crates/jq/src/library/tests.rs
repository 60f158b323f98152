use super::*;

#[test]
fn the_definitions_can_be_read_and_compiled() {
    assert!(defs().len() > 100);
    // A definition that calls what is not there would fail every program.
    assert!(crate::Program::compile("1").is_ok());
}

#[test]
fn each_of_jaqs_natives_that_is_taken_is_there() {
    let natives: Vec<_> = natives().into_iter().map(|(name, ..)| name).collect();
    for (_, ours) in OF_JAQ {
        assert_eq!(natives.iter().filter(|name| name == &ours).count(), 1, "{ours}");
    }
}
