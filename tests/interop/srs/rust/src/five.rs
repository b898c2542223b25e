// SPDX-License-Identifier: Apache-2.0
use rand_core::{CryptoRng, Error, RngCore};

/// Random bytes of which a set-up makes the secret 5.
pub struct Five(pub u64);
impl RngCore for Five {
    fn next_u32(&mut self) -> u32 {
        self.next_u64() as u32
    }
    fn next_u64(&mut self) -> u64 {
        std::mem::take(&mut self.0)
    }
    fn fill_bytes(&mut self, out: &mut [u8]) {
        out.fill(0);
        out[0] = std::mem::take(&mut self.0) as u8;
    }
    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(out);
        Ok(())
    }
}
impl CryptoRng for Five {}
