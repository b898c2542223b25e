/* SPDX-License-Identifier: Apache-2.0 */
/* Template: portable arithmetic on one element, as static inline functions FPS(name). Included once per prime
 * by a file that defines FPS, FP_T, FP_MODULUS and FP_NEG_INV64; FP_NO_SCALAR_MUL
 * leaves the multiplication out. No include guard on purpose.
 * Contracts are those of fr.h. Both primes are below 2^254, so sums of two elements fit four limbs. */

static const FP_T FPS(modulus) = FP_MODULUS;

/* Sums come in two forms: on x86-64 with the carry flag, which the C form below does not get from compilers
 * (four times slower there). FP_PLAIN_C asks for the C form: the portable kernel uses and so tests it
 * everywhere. */
#if defined(__x86_64__) && !defined(FP_PLAIN_C)

/* out = t - modulus if t >= modulus, else t.  In: t < 2*modulus. */
static inline void FPS(reduce_once)(FP_T *out, const uint64_t t[4])
{
    const uint64_t *m = FPS(modulus).l;
    uint64_t d0 = t[0], d1 = t[1], d2 = t[2], d3 = t[3];
    __asm__("subq %[m0], %[d0]\n\t"
            "sbbq %[m1], %[d1]\n\t"
            "sbbq %[m2], %[d2]\n\t"
            "sbbq %[m3], %[d3]\n\t"
            "cmovcq %[t0], %[d0]\n\t"
            "cmovcq %[t1], %[d1]\n\t"
            "cmovcq %[t2], %[d2]\n\t"
            "cmovcq %[t3], %[d3]\n\t"
            : [d0] "+&r"(d0), [d1] "+&r"(d1), [d2] "+&r"(d2), [d3] "+&r"(d3)
            : [t0] "rm"(t[0]), [t1] "rm"(t[1]), [t2] "rm"(t[2]), [t3] "rm"(t[3]), [m0] "m"(m[0]),
              [m1] "m"(m[1]), [m2] "m"(m[2]), [m3] "m"(m[3])
            : "cc");
    *out = (FP_T){ { d0, d1, d2, d3 } };
}

static inline void FPS(add)(FP_T *out, const FP_T *a, const FP_T *b)
{
    uint64_t t[4] = { a->l[0], a->l[1], a->l[2], a->l[3] };
    __asm__("addq %[b0], %[t0]\n\t"
            "adcq %[b1], %[t1]\n\t"
            "adcq %[b2], %[t2]\n\t"
            "adcq %[b3], %[t3]\n\t"
            : [t0] "+&r"(t[0]), [t1] "+&r"(t[1]), [t2] "+&r"(t[2]), [t3] "+&r"(t[3])
            : [b0] "rm"(b->l[0]), [b1] "rm"(b->l[1]), [b2] "rm"(b->l[2]), [b3] "rm"(b->l[3])
            : "cc");
    FPS(reduce_once)(out, t);
}

static inline void FPS(sub)(FP_T *out, const FP_T *a, const FP_T *b)
{
    const uint64_t *m = FPS(modulus).l;
    uint64_t t0 = a->l[0], t1 = a->l[1], t2 = a->l[2], t3 = a->l[3], borrow;
    __asm__("subq %[b0], %[t0]\n\t"
            "sbbq %[b1], %[t1]\n\t"
            "sbbq %[b2], %[t2]\n\t"
            "sbbq %[b3], %[t3]\n\t"
            "sbbq %[borrow], %[borrow]\n\t" /* all ones or zero */
            : [t0] "+&r"(t0), [t1] "+&r"(t1), [t2] "+&r"(t2), [t3] "+&r"(t3), [borrow] "=&r"(borrow)
            : [b0] "rm"(b->l[0]), [b1] "rm"(b->l[1]), [b2] "rm"(b->l[2]), [b3] "rm"(b->l[3])
            : "cc");
    __asm__(
        "addq %[m0], %[t0]\n\t"
        "adcq %[m1], %[t1]\n\t"
        "adcq %[m2], %[t2]\n\t"
        "adcq %[m3], %[t3]\n\t"
        : [t0] "+&r"(t0), [t1] "+&r"(t1), [t2] "+&r"(t2), [t3] "+&r"(t3)
        : [m0] "r"(m[0] & borrow), [m1] "r"(m[1] & borrow), [m2] "r"(m[2] & borrow), [m3] "r"(m[3] & borrow)
        : "cc");
    *out = (FP_T){ { t0, t1, t2, t3 } };
}

#else

/* out = t - modulus if t >= modulus, else t.  In: t < 2*modulus. */
static inline void FPS(reduce_once)(FP_T *out, const uint64_t t[4])
{
    const uint64_t *m = FPS(modulus).l;
    uint64_t d[4];
    unsigned __int128 acc = (unsigned __int128)t[0] - m[0];
    d[0] = (uint64_t)acc;
    acc = (unsigned __int128)t[1] - m[1] - (uint64_t)(acc >> 127);
    d[1] = (uint64_t)acc;
    acc = (unsigned __int128)t[2] - m[2] - (uint64_t)(acc >> 127);
    d[2] = (uint64_t)acc;
    acc = (unsigned __int128)t[3] - m[3] - (uint64_t)(acc >> 127);
    d[3] = (uint64_t)acc;
    const uint64_t borrow = (uint64_t)0 - (uint64_t)(acc >> 127);
    for (int i = 0; i < 4; i++)
        out->l[i] = d[i] ^ ((d[i] ^ t[i]) & borrow);
}

static inline void FPS(add)(FP_T *out, const FP_T *a, const FP_T *b)
{
    uint64_t t[4];
    unsigned __int128 acc = 0;
    for (int i = 0; i < 4; i++) {
        acc += (unsigned __int128)a->l[i] + b->l[i];
        t[i] = (uint64_t)acc;
        acc >>= 64;
    }
    FPS(reduce_once)(out, t);
}

static inline void FPS(sub)(FP_T *out, const FP_T *a, const FP_T *b)
{
    uint64_t t[4], borrow = 0;
    for (int i = 0; i < 4; i++) {
        const unsigned __int128 d = (unsigned __int128)a->l[i] - b->l[i] - borrow;
        t[i] = (uint64_t)d;
        borrow = (uint64_t)(d >> 127);
    }
    const uint64_t mask = (uint64_t)0 - borrow;
    unsigned __int128 acc = 0;
    for (int i = 0; i < 4; i++) {
        acc += (unsigned __int128)t[i] + (FPS(modulus).l[i] & mask);
        out->l[i] = (uint64_t)acc;
        acc >>= 64;
    }
}

#endif

#ifndef FP_NO_SCALAR_MUL
/* One step of interleaved Montgomery multiplication: t = (t + x*b + m*modulus) / 2^64 with m chosen to make
 * the division exact.  In: t < 2*modulus, b < modulus.  Out: t < 2*modulus. The modulus' top limb is below
 * 2^62, so the two carries of a step add without overflow. */
static inline void FPS(mul_step)(uint64_t t[4], uint64_t x, const uint64_t b[4])
{
    const uint64_t *p = FPS(modulus).l;
    unsigned __int128 u = (unsigned __int128)x * b[0] + t[0];
    const uint64_t m = (uint64_t)u * FP_NEG_INV64;
    unsigned __int128 v = (unsigned __int128)m * p[0] + (uint64_t)u;
    for (int j = 1; j < 4; j++) {
        u = (unsigned __int128)x * b[j] + t[j] + (uint64_t)(u >> 64);
        v = (unsigned __int128)m * p[j] + (uint64_t)u + (uint64_t)(v >> 64);
        t[j - 1] = (uint64_t)v;
    }
    t[3] = (uint64_t)(u >> 64) + (uint64_t)(v >> 64);
}

/* out = a*b/R.  In: a any 256-bit integer, b < modulus.  Out: < modulus. */
static inline void FPS(mul)(FP_T *out, const FP_T *a, const FP_T *b)
{
    uint64_t t[4] = { 0, 0, 0, 0 };
    const FP_T bb = *b;
    FPS(mul_step)(t, a->l[0], bb.l);
    FPS(mul_step)(t, a->l[1], bb.l);
    FPS(mul_step)(t, a->l[2], bb.l);
    FPS(mul_step)(t, a->l[3], bb.l);
    FPS(reduce_once)(out, t);
}
#endif
