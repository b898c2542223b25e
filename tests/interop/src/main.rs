//! halo2-check: the real halo2 as a judge of Halocline's circuits, keys and proofs.
//!
//! Exit codes: 0 yes, 1 no (a proof refused, a flipped proof accepted), 2 bad usage or a file it cannot use.

mod generic;
mod json;
mod judge;
mod samples;
mod spec;

use judge::{Scheme, Srs, Vk};
use serde_json::{json, Value};
use spec::{parse_columns, parse_json, Outcome, Spec};
use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

const USAGE: &str = "\
halo2-check: run the real halo2-axiom on Halocline's files

  vk CIRCUIT SRS [--out DIR]             keygen; print transcript_repr, write vk.raw, vk.processed, pinned.txt,
                                         transcript_repr.hex to DIR
  verify CIRCUIT SRS INSTANCE PROOF      exit 0 if the real verifier accepts, 1 if not
  verify-many CIRCUIT SRS INSTANCE PROOF CASES
                                         CASES: JSON list of {name, edit|proof|instances}; prints each verdict
  flip-all CIRCUIT SRS INSTANCE PROOF    flip a bit of every byte; exit 0 if every one is refused
  prove CIRCUIT SRS INSTANCE WITNESS OUT the real prover on a circuit without challenges
  samples DIR                            write the crate's own circuits with proofs by the real prover
options: --scheme shplonk|gwc   --vk FILE (instead of keygen)   --seed N   --all-bits (flip-all: eight per byte)
         --positions FILE (flip-all: write offset, bit and verdict of each case)";

struct Options {
    args: Vec<String>,
    scheme: Scheme,
    vk: Option<PathBuf>,
    out: Option<PathBuf>,
    positions: Option<PathBuf>,
    seed: Option<u64>,
    all_bits: bool,
}

impl Options {
    fn parse(mut from: impl Iterator<Item = String>) -> Outcome<Options> {
        let mut o = Options {
            args: vec![],
            scheme: Scheme::Shplonk,
            vk: None,
            out: None,
            positions: None,
            seed: None,
            all_bits: false,
        };
        while let Some(arg) = from.next() {
            let mut value = || from.next().ok_or(format!("{arg} needs a value"));
            match arg.as_str() {
                "--scheme" => {
                    o.scheme = match value()?.as_str() {
                        "shplonk" => Scheme::Shplonk,
                        "gwc" => Scheme::Gwc,
                        other => return Err(format!("unknown scheme {other}")),
                    }
                }
                "--vk" => o.vk = Some(value()?.into()),
                "--out" => o.out = Some(value()?.into()),
                "--positions" => o.positions = Some(value()?.into()),
                "--seed" => o.seed = Some(value()?.parse().map_err(|e| format!("--seed: {e}"))?),
                "--all-bits" => o.all_bits = true,
                _ if arg.starts_with("--") => return Err(format!("unknown option {arg}")),
                _ => o.args.push(arg),
            }
        }
        Ok(o)
    }

    fn path(&self, i: usize) -> &Path {
        Path::new(&self.args[i])
    }
}

/// What every judgement starts from: circuit, SRS, key.
struct Case {
    spec: Arc<Spec>,
    srs: Srs,
    vk: Vk,
}

fn read_bytes(path: &Path) -> Outcome<Vec<u8>> {
    fs::read(path).map_err(|e| format!("{}: {e}", path.display()))
}

fn write_bytes(path: &Path, bytes: impl AsRef<[u8]>) -> Outcome<()> {
    fs::write(path, bytes).map_err(|e| format!("{}: {e}", path.display()))
}

fn load(o: &Options) -> Outcome<Case> {
    let spec = Arc::new(Spec::read(o.path(1))?);
    let srs = judge::read_srs(o.path(2), spec.k)?;
    let vk = match &o.vk {
        Some(path) => judge::read_vk(&read_bytes(path)?, &spec)?,
        None => judge::keygen(&srs, &spec)?,
    };
    Ok(Case { spec, srs, vk })
}

fn read_instances(path: &Path) -> Outcome<Vec<Vec<halo2_axiom::halo2curves::bn256::Fr>>> {
    parse_columns(&parse_json(path)?["instances"], "instances").map_err(|e| format!("{}: {e}", path.display()))
}

fn repr_hex(vk: &Vk) -> String {
    use halo2_axiom::halo2curves::ff::PrimeField;
    hex::encode(vk.transcript_repr().to_repr())
}

fn write_keys(vk: &Vk, dir: &Path) -> Outcome<()> {
    use halo2_axiom::SerdeFormat;
    fs::create_dir_all(dir).map_err(|e| format!("{}: {e}", dir.display()))?;
    write_bytes(&dir.join("vk.raw"), vk.to_bytes(SerdeFormat::RawBytes))?;
    write_bytes(&dir.join("vk.processed"), vk.to_bytes(SerdeFormat::Processed))?;
    write_bytes(&dir.join("pinned.txt"), format!("{:?}", vk.pinned()))?;
    write_bytes(&dir.join("transcript_repr.hex"), repr_hex(vk) + "\n")
}

fn cmd_vk(o: &Options) -> Outcome<bool> {
    let case = load(o)?;
    if let Some(dir) = &o.out {
        write_keys(&case.vk, dir)?;
    }
    println!("{}", repr_hex(&case.vk));
    Ok(true)
}

fn report(verdict: Outcome<()>) -> bool {
    match verdict {
        Ok(()) => println!("accept"),
        Err(reason) => {
            println!("reject: {reason}");
            return false;
        }
    }
    true
}

fn cmd_verify(o: &Options) -> Outcome<bool> {
    let case = load(o)?;
    let (instances, proof) = (read_instances(o.path(3))?, read_bytes(o.path(4))?);
    Ok(report(judge::verify(&case.srs, &case.vk, &instances, &proof, o.scheme)))
}

/// One edit of the proof: xor [offset, mask], replace [offset, hex], truncate length, append hex.
fn edit(proof: &mut Vec<u8>, edit: &Value) -> Outcome<()> {
    let offset = |v: &Value| v[0].as_u64().map(|n| n as usize).ok_or("edit: no offset");
    let bytes = |v: &Value| hex::decode(v.as_str().unwrap_or("?")).map_err(|e| format!("edit: {e}"));
    if let Some(xor) = edit.get("xor") {
        let mask = xor[1].as_u64().and_then(|m| u8::try_from(m).ok()).ok_or("edit: bad mask")?;
        *proof.get_mut(offset(xor)?).ok_or("edit: beyond the proof")? ^= mask;
    } else if let Some(replace) = edit.get("replace") {
        let (at, with) = (offset(replace)?, bytes(&replace[1])?);
        proof.get_mut(at..at + with.len()).ok_or("edit: beyond the proof")?.copy_from_slice(&with);
    } else if let Some(length) = edit.get("truncate") {
        proof.truncate(length.as_u64().ok_or("edit: bad length")? as usize);
    } else if let Some(append) = edit.get("append") {
        proof.extend(bytes(append)?);
    } else {
        return Err(format!("unknown edit {edit}"));
    }
    Ok(())
}

/// Prints "accept|reject<TAB>name"; yes unless an entry's `stock` says otherwise.
fn cmd_verify_many(o: &Options) -> Outcome<bool> {
    let case = load(o)?;
    let (base_instances, base_proof) = (read_instances(o.path(3))?, read_bytes(o.path(4))?);
    let cases = parse_json(o.path(5))?;
    let mut as_expected = true;
    for entry in cases.as_array().ok_or("the cases are not a list")? {
        let name = entry["name"].as_str().unwrap_or("unnamed");
        let mut proof = match entry["proof"].as_str() {
            Some(file) => read_bytes(&o.path(5).with_file_name(file))?,
            None => base_proof.clone(),
        };
        if let Some(change) = entry.get("edit") {
            edit(&mut proof, change).map_err(|e| format!("{name}: {e}"))?;
        }
        let instances = match entry.get("instances") {
            Some(v) => parse_columns(v, "instances")?,
            None => base_instances.clone(),
        };
        let verdict = judge::verify(&case.srs, &case.vk, &instances, &proof, o.scheme);
        let word = if verdict.is_ok() { "accept" } else { "reject" };
        println!("{word}\t{name}");
        if let Some(stock) = entry["stock"].as_str() {
            as_expected &= stock.starts_with(word);
        }
    }
    Ok(as_expected)
}

/// True where stock halo2 does not look (docs/formats, halo2 section 1): the infinity bit of a finite point, the sign
/// bit of infinity.
fn is_redundant_flag(proof: &[u8], offset: usize, bit: u32) -> bool {
    offset % 32 == 31 && (bit == 7 || (bit == 6 && proof[offset] == 0x80))
}

fn cmd_flip_all(o: &Options) -> Outcome<bool> {
    let case = load(o)?;
    let (instances, proof) = (read_instances(o.path(3))?, read_bytes(o.path(4))?);
    judge::verify(&case.srs, &case.vk, &instances, &proof, o.scheme).map_err(|e| format!("the proof itself: {e}"))?;
    let (mut refused, mut redundant, mut accepted, mut log) = (0, 0, vec![], String::new());
    for offset in 0..proof.len() {
        let bits = if o.all_bits { 0..8 } else { (offset as u32 * 5) % 7..(offset as u32 * 5) % 7 + 1 };
        for bit in bits {
            let mut changed = proof.clone();
            changed[offset] ^= 1 << bit;
            let verdict = judge::verify(&case.srs, &case.vk, &instances, &changed, o.scheme);
            log += &format!("{offset} {bit} {}\n", if verdict.is_ok() { "accept" } else { "reject" });
            match verdict {
                Err(_) => refused += 1,
                Ok(()) if is_redundant_flag(&proof, offset, bit) => redundant += 1,
                Ok(()) => accepted.push((offset, bit)),
            }
        }
    }
    if let Some(path) = &o.positions {
        write_bytes(path, log)?;
    }
    println!(
        "{refused} refused, {redundant} redundant point flags that stock halo2 ignores, {} accepted",
        accepted.len()
    );
    accepted.iter().for_each(|(offset, bit)| println!("accepted: byte {offset}, bit {bit}"));
    Ok(accepted.is_empty())
}

fn cmd_prove(o: &Options) -> Outcome<bool> {
    let case = load(o)?;
    let instances = read_instances(o.path(3))?;
    let witness = parse_columns(&parse_json(o.path(4))?["advice"], "advice")?;
    if case.spec.advice_phase.iter().any(|p| *p > 0) {
        return Err("a witness file is for circuits whose advice is all of the first phase".into());
    }
    if witness.len() != case.spec.advice_phase.len() {
        return Err(format!("{} columns of advice, the circuit has {}", witness.len(), case.spec.advice_phase.len()));
    }
    let fill: Arc<generic::Fill> = Arc::new(move |_, _| witness.iter().cloned().enumerate().collect());
    let proof = judge::prove(&case.srs, &case.spec, &instances, fill, o.scheme, o.seed)?;
    judge::verify(&case.srs, &case.vk, &instances, &proof, o.scheme).map_err(|e| format!("own proof: {e}"))?;
    write_bytes(o.path(5), &proof)?;
    println!("{} bytes", proof.len());
    Ok(true)
}

fn cmd_samples(o: &Options) -> Outcome<bool> {
    for sample in samples::all() {
        let dir = o.path(1).join(sample.name);
        let spec = Arc::new(sample.spec);
        let srs = judge::unsafe_srs(spec.k, o.seed.unwrap_or(1));
        let vk = judge::keygen(&srs, &spec)?;
        write_keys(&vk, &dir)?;
        judge::write_srs(&srs, &dir.join("srs.raw"))?;
        write_bytes(&dir.join("circuit.json"), json::circuit(&spec).to_string())?;
        write_bytes(&dir.join("instance.json"), json!({ "instances": json::columns(&sample.instances) }).to_string())?;
        for (scheme, file) in [(Scheme::Shplonk, "proof.shplonk"), (Scheme::Gwc, "proof.gwc")] {
            let proof = judge::prove(&srs, &spec, &sample.instances, sample.fill.clone(), scheme, o.seed)?;
            judge::verify(&srs, &vk, &sample.instances, &proof, scheme)
                .map_err(|e| format!("{}: own proof: {e}", sample.name))?;
            write_bytes(&dir.join(file), &proof)?;
        }
        println!("{}", dir.display());
    }
    Ok(true)
}

fn run() -> Outcome<bool> {
    let o = Options::parse(std::env::args().skip(1))?;
    let command = o.args.first().map(String::as_str).unwrap_or("");
    let (needed, action): (usize, fn(&Options) -> Outcome<bool>) = match command {
        "vk" => (2, cmd_vk),
        "verify" => (4, cmd_verify),
        "verify-many" => (5, cmd_verify_many),
        "flip-all" => (4, cmd_flip_all),
        "prove" => (5, cmd_prove),
        "samples" => (1, cmd_samples),
        _ => return Err(USAGE.into()),
    };
    if o.args.len() != needed + 1 {
        return Err(format!("{command} takes {needed} arguments, not {}\n\n{USAGE}", o.args.len() - 1));
    }
    action(&o)
}

fn main() -> ExitCode {
    // halo2 walks expressions recursively; the format allows 2000 levels.
    let judged = std::thread::Builder::new().stack_size(256 << 20).spawn(run).expect("a thread").join();
    match judged.unwrap_or_else(|_| Err("internal error".into())) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(message) => {
            eprintln!("halo2-check: {message}");
            ExitCode::from(2)
        }
    }
}
