//! The real keygen, prover and verifier behind three functions.

use crate::{
    generic::{Fill, Generic},
    spec::{Outcome, Spec},
};
use halo2_axiom::{
    halo2curves::bn256::{Bn256, Fr, G1Affine},
    plonk::{create_proof, keygen_pk, keygen_vk, verify_proof, VerifyingKey},
    poly::{
        commitment::Params,
        kzg::{
            commitment::{KZGCommitmentScheme, ParamsKZG},
            multiopen::{ProverGWC, ProverSHPLONK, VerifierGWC, VerifierSHPLONK},
            strategy::SingleStrategy,
        },
    },
    transcript::{Blake2bRead, Blake2bWrite, Challenge255, TranscriptReadBuffer, TranscriptWriterBuffer},
    SerdeFormat,
};
use rand_chacha::{rand_core::SeedableRng, ChaCha20Rng};
use std::{
    fs::File,
    io::{BufReader, Read},
    panic::{catch_unwind, AssertUnwindSafe},
    path::Path,
    sync::Arc,
};

pub type Srs = ParamsKZG<Bn256>;
pub type Vk = VerifyingKey<G1Affine>;
type Transcript<'a> = Blake2bRead<&'a [u8], G1Affine, Challenge255<G1Affine>>;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scheme {
    Shplonk,
    Gwc,
}

/// A checked read of a ParamsKZG file in either layout, told apart by size, cut down to the circuit's k.
pub fn read_srs(path: &Path, k: u32) -> Outcome<Srs> {
    let fail = |e: std::io::Error| format!("{}: {e}", path.display());
    let mut reader = BufReader::new(File::open(path).map_err(fail)?);
    let size = reader.get_ref().metadata().map_err(fail)?.len();
    let mut first = [0u8; 4];
    File::open(path).and_then(|mut f| f.read_exact(&mut first)).map_err(fail)?;
    let file_k = u32::from_le_bytes(first);
    let format = match file_k {
        1..=28 if size == 4 + (128 << file_k) + 256 => SerdeFormat::RawBytes,
        1..=28 if size == 4 + (64 << file_k) + 128 => SerdeFormat::Processed,
        _ => return Err(format!("{}: {size} bytes do not fit k = {file_k}", path.display())),
    };
    if file_k < k {
        return Err(format!("{}: k = {file_k}, the circuit needs {k}", path.display()));
    }
    let mut srs = Srs::read_custom(&mut reader, format).map_err(fail)?;
    if file_k > k {
        srs.downsize(k);
    }
    Ok(srs)
}

/// halo2-axiom caps the degree silently; a circuit it would cap is refused, as nobody could prove it.
pub fn refuse_capped_degree(spec: &Spec) -> Outcome<()> {
    let natural = spec.natural_degree();
    if natural > 5 && spec.minimum_degree.unwrap_or(0) < natural {
        return Err(format!(
            "natural degree {natural} is above 5 and minimum_degree does not say so: it would be capped"
        ));
    }
    Ok(())
}

fn no_panic<T>(what: &str, f: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    catch_unwind(AssertUnwindSafe(f)).unwrap_or_else(|_| Err(format!("halo2 panicked in {what}")))
}

pub fn keygen(srs: &Srs, spec: &Arc<Spec>) -> Outcome<Vk> {
    refuse_capped_degree(spec)?;
    no_panic("keygen", || {
        keygen_vk(srs, &Generic { spec: spec.clone(), fill: None }).map_err(|e| format!("keygen: {e}"))
    })
}

/// A vk file in either layout, told apart by size.
pub fn read_vk(bytes: &[u8], spec: &Arc<Spec>) -> Outcome<Vk> {
    let points = spec.fixed.len() + spec.permutation.len();
    let format = if bytes.len() == 10 + 64 * points { SerdeFormat::RawBytes } else { SerdeFormat::Processed };
    no_panic("the vk reader", || Vk::from_bytes::<Generic>(bytes, format, spec.clone()).map_err(|e| format!("vk: {e}")))
}

/// Err says why the stock verifier refuses. It does not look at bytes after the last one it reads.
pub fn verify(srs: &Srs, vk: &Vk, instances: &[Vec<Fr>], proof: &[u8], scheme: Scheme) -> Outcome<()> {
    let columns: Vec<&[Fr]> = instances.iter().map(Vec::as_slice).collect();
    no_panic("verify", || {
        let mut transcript: Transcript = TranscriptReadBuffer::init(proof);
        let strategy = SingleStrategy::new(srs);
        match scheme {
            Scheme::Shplonk => verify_proof::<KZGCommitmentScheme<Bn256>, VerifierSHPLONK<Bn256>, _, _, _>(
                srs,
                vk,
                strategy,
                &[&columns],
                &mut transcript,
            ),
            Scheme::Gwc => verify_proof::<KZGCommitmentScheme<Bn256>, VerifierGWC<Bn256>, _, _, _>(
                srs,
                vk,
                strategy,
                &[&columns],
                &mut transcript,
            ),
        }
        .map_err(|e| format!("{e:?}"))
    })
}

pub fn prove(
    srs: &Srs,
    spec: &Arc<Spec>,
    instances: &[Vec<Fr>],
    fill: Arc<Fill>,
    scheme: Scheme,
    seed: Option<u64>,
) -> Outcome<Vec<u8>> {
    refuse_capped_degree(spec)?;
    let empty = Generic { spec: spec.clone(), fill: None };
    let circuit = Generic { spec: spec.clone(), fill: Some(fill) };
    let columns: Vec<&[Fr]> = instances.iter().map(Vec::as_slice).collect();
    let rng = seed.map_or_else(ChaCha20Rng::from_entropy, ChaCha20Rng::seed_from_u64);
    let vk = keygen(srs, spec)?;
    no_panic("the prover", || {
        let pk = keygen_pk(srs, vk, &empty).map_err(|e| format!("keygen_pk: {e}"))?;
        let mut transcript = Blake2bWrite::<Vec<u8>, G1Affine, Challenge255<G1Affine>>::init(vec![]);
        match scheme {
            Scheme::Shplonk => create_proof::<KZGCommitmentScheme<Bn256>, ProverSHPLONK<Bn256>, _, _, _, _>(
                srs,
                &pk,
                &[circuit],
                &[&columns],
                rng,
                &mut transcript,
            ),
            Scheme::Gwc => create_proof::<KZGCommitmentScheme<Bn256>, ProverGWC<Bn256>, _, _, _, _>(
                srs,
                &pk,
                &[circuit],
                &[&columns],
                rng,
                &mut transcript,
            ),
        }
        .map_err(|e| format!("{e:?}"))?;
        Ok(transcript.finalize())
    })
}

/// An SRS from a seed: whoever knows the seed can forge. For tests only.
pub fn unsafe_srs(k: u32, seed: u64) -> Srs {
    Srs::setup(k, ChaCha20Rng::seed_from_u64(seed))
}

pub fn write_srs(srs: &Srs, path: &Path) -> Outcome<()> {
    let mut bytes = vec![];
    srs.write(&mut bytes).and_then(|()| std::fs::write(path, bytes)).map_err(|e| format!("{}: {e}", path.display()))
}
