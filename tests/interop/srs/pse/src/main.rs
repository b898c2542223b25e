// SPDX-License-Identifier: Apache-2.0
//! SRS files of PSE's halo2 for the secret 5, in each of its formats: srs-pse FOLDER K
#[path = "../../rust/src/five.rs"]
mod five;

use halo2_backend::{helpers::SerdeFormat, poly::kzg::commitment::ParamsKZG};
use halo2curves::bn256::Bn256;
use std::{fs::File, io::BufWriter, path::Path};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let (folder, k) = (Path::new(&arguments[1]), arguments[2].parse().unwrap());
    let params = ParamsKZG::<Bn256>::setup(k, five::Five(5));
    for (name, format) in [
        ("pse.processed", SerdeFormat::Processed),
        ("pse.srs", SerdeFormat::RawBytes),
        ("pse-unchecked.srs", SerdeFormat::RawBytesUnchecked),
    ] {
        let mut to = BufWriter::new(File::create(folder.join(name)).unwrap());
        params.write_custom(&mut to, format).unwrap();
    }
}
