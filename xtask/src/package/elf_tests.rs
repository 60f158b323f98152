//! ELF files that are made here, byte by byte, with the machine, the libraries and the versions that a row asks for.

use super::*;

const SHT_STRTAB: u32 = 3;
const SHT_DYNAMIC: u32 = 6;
const SHT_GNU_VERNEED: u32 = 0x6fff_fffe;
const X86_64: u16 = 62;
const AARCH64: u16 = 183;

/// Bytes with an end that grows, and little-endian numbers.
#[derive(Default)]
struct Bytes(Vec<u8>);

impl Bytes {
    fn u16(&mut self, value: u16) -> &mut Self {
        self.0.extend(value.to_le_bytes());
        self
    }

    fn u32(&mut self, value: u32) -> &mut Self {
        self.0.extend(value.to_le_bytes());
        self
    }

    fn u64(&mut self, value: u64) -> &mut Self {
        self.0.extend(value.to_le_bytes());
        self
    }
}

/// Where a name lies in the strings, which grow by it.
fn string(strings: &mut Vec<u8>, name: &str) -> u32 {
    let at = u32::try_from(strings.len()).unwrap();
    strings.extend(name.bytes().chain([0]));
    at
}

fn elf(machine: u16, libraries: &[&str], versions: &[&str]) -> Vec<u8> {
    let mut strings = vec![0];
    let mut dynamic = Bytes::default();
    for library in libraries {
        dynamic.u64(1).u64(string(&mut strings, library).into());
    }
    dynamic.u64(0).u64(0);
    let mut needed = Bytes::default();
    let count = u16::try_from(versions.len()).unwrap();
    needed.u16(1).u16(count).u32(string(&mut strings, "libc.so.6")).u32(16).u32(0);
    for (place, version) in versions.iter().enumerate() {
        let next = if place + 1 == versions.len() { 0 } else { 16 };
        needed.u32(0).u16(0).u16(2).u32(string(&mut strings, version)).u32(next);
    }
    let mut sections = vec![(SHT_DYNAMIC, dynamic.0, 2, 0), (SHT_STRTAB, strings, 0, 0)];
    if !versions.is_empty() {
        sections.push((SHT_GNU_VERNEED, needed.0, 2, 1));
    }
    let contents: usize = sections.iter().map(|(_, content, ..)| content.len()).sum();
    let table = u64::try_from(64 + contents).unwrap();
    let mut out = Bytes(vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    out.u16(3).u16(machine).u32(1).u64(0).u64(0).u64(table).u32(0);
    out.u16(64).u16(0).u16(0).u16(64).u16(u16::try_from(sections.len()).unwrap() + 1).u16(2);
    for (_, content, ..) in &sections {
        out.0.extend(content);
    }
    out.0.extend([0; 64]);
    let mut offset = 64;
    for (kind, content, link, info) in &sections {
        let size = u64::try_from(content.len()).unwrap();
        out.u32(0).u32(*kind).u64(0).u64(0).u64(offset).u64(size).u32(*link).u32(*info).u64(1).u64(0);
        offset += size;
    }
    out.0
}

/// The same, whose header knows of no table of sections.
fn without_sections(mut elf: Vec<u8>) -> Vec<u8> {
    elf[40..48].fill(0);
    elf[60..64].fill(0);
    elf
}

#[test]
fn what_a_binary_needs_is_read_from_it() {
    let binary = elf(AARCH64, &["libc.so.6", "libm.so.6"], &["GLIBC_2.17", "GLIBC_2.34", "GLIBC_2.2.5", "GCC_3.0"]);
    let needs = Needs::of(&binary).unwrap();
    let libraries = vec!["libc.so.6".to_owned(), "libm.so.6".to_owned()];
    assert_eq!(needs, Needs { machine: AARCH64, glibc: Some(Version(2, 34)), libraries });
    assert_eq!(Needs::of(&elf(AARCH64, &[], &[])).unwrap().glibc, None);
}

#[test]
fn what_lambda_could_not_start_is_refused() {
    let libc = &["libc.so.6"][..];
    for (name, binary, refusal) in [
        ("fits", elf(AARCH64, &LIBRARIES, &["GLIBC_2.34"]), None),
        ("static", elf(AARCH64, &[], &[]), None),
        ("x86-64", elf(X86_64, libc, &[]), Some("it is for the machine 62")),
        ("newer", elf(AARCH64, libc, &["GLIBC_2.17", "GLIBC_2.35"]), Some("it needs glibc 2.35, and")),
        ("a newer major", elf(AARCH64, libc, &["GLIBC_3.0"]), Some("it needs glibc 3.0")),
        ("private", elf(AARCH64, libc, &["GLIBC_PRIVATE"]), Some("it needs GLIBC_PRIVATE")),
        ("missing", elf(AARCH64, &["libssl.so.3"], &[]), Some("it needs libssl.so.3, which")),
        ("no program", b"#!/bin/sh\n".to_vec(), Some("it is no 64-bit ELF file")),
        ("without sections", without_sections(elf(AARCH64, libc, &["GLIBC_2.34"])), Some("it has no sections")),
        ("cut", elf(AARCH64, libc, &["GLIBC_2.34"])[..100].to_vec(), Some("its sections cannot be read")),
    ] {
        let told = check(&binary).err().map(|error| format!("{error:#}"));
        match (refusal, &told) {
            (None, None) => {}
            (Some(expected), Some(told)) => assert!(told.starts_with(expected), "{name}: {told}"),
            _ => panic!("{name}: {told:?}"),
        }
    }
}
