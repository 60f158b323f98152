//! x
/// x
pub fn run(_: bool) -> anyhow::Result<()> {
    anyhow::bail!("absent")
}
