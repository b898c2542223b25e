/* SPDX-License-Identifier: Apache-2.0 */
/* Template: the group law of y^2 = x^3 + b over one field, for G1 (Fq) and G2 (Fq2). Included by g1.c and
 * g2.c, which define CURVE(name) and F(name), the prefixes of the public functions of the group and of the
 * field; CURVE_AFFINE, CURVE_JAC, CURVE_FIELD, their types; the constants curve_b and jac_infinity.
 * No include guard on purpose.
 * Jacobian formulas for a = 0: dbl-2009-l (2M + 5S), add-2007-bl (11M + 5S), madd-2007-bl (7M + 4S) of the
 * Explicit-Formulas Database, plus the exceptional cases they leave out. */

bool CURVE(is_infinity)(const CURVE_AFFINE *a)
{
    return F(is_zero)(&a->x) && F(is_zero)(&a->y);
}

/* out = x^3 + b */
static void curve_rhs(CURVE_FIELD *out, const CURVE_FIELD *x)
{
    CURVE_FIELD t;
    F(sqr)(&t, x);
    F(mul)(&t, &t, x);
    F(add)(out, &t, &curve_b);
}

bool CURVE(on_curve)(const CURVE_AFFINE *a)
{
    CURVE_FIELD rhs, lhs;
    if (CURVE(is_infinity)(a))
        return true;
    curve_rhs(&rhs, &a->x);
    F(sqr)(&lhs, &a->y);
    return F(eq)(&lhs, &rhs);
}

bool CURVE(eq)(const CURVE_AFFINE *a, const CURVE_AFFINE *b)
{
    return F(eq)(&a->x, &b->x) && F(eq)(&a->y, &b->y);
}

void CURVE(neg)(CURVE_AFFINE *out, const CURVE_AFFINE *a)
{
    out->x = a->x;
    F(neg)(&out->y, &a->y);
}

void CURVE(jac_from_affine)(CURVE_JAC *out, const CURVE_AFFINE *a)
{
    const CURVE_AFFINE p = *a;
    if (CURVE(is_infinity)(&p)) {
        *out = jac_infinity;
        return;
    }
    *out = (CURVE_JAC){ p.x, p.y, F(one) };
}

/* out = (X*zinv^2, Y*zinv^3) */
static void scale_to_affine(CURVE_AFFINE *out, const CURVE_JAC *a, const CURVE_FIELD *zinv)
{
    CURVE_FIELD z2, z3;
    F(sqr)(&z2, zinv);
    F(mul)(&z3, &z2, zinv);
    F(mul)(&out->x, &a->x, &z2);
    F(mul)(&out->y, &a->y, &z3);
}

void CURVE(jac_to_affine)(CURVE_AFFINE *out, const CURVE_JAC *a)
{
    CURVE_FIELD zinv;
    F(inv)(&zinv, &a->z); /* 0 for infinity, which makes (0, 0) */
    scale_to_affine(out, a, &zinv);
}

bool CURVE(jac_is_infinity)(const CURVE_JAC *a)
{
    return F(is_zero)(&a->z);
}

bool CURVE(jac_eq)(const CURVE_JAC *a, const CURVE_JAC *b)
{
    const bool a_inf = CURVE(jac_is_infinity)(a), b_inf = CURVE(jac_is_infinity)(b);
    if (a_inf || b_inf)
        return a_inf && b_inf;
    CURVE_FIELD za2, zb2, za3, zb3, l, r;
    F(sqr)(&za2, &a->z);
    F(sqr)(&zb2, &b->z);
    F(mul)(&l, &a->x, &zb2);
    F(mul)(&r, &b->x, &za2);
    if (!F(eq)(&l, &r))
        return false;
    F(mul)(&za3, &za2, &a->z);
    F(mul)(&zb3, &zb2, &b->z);
    F(mul)(&l, &a->y, &zb3);
    F(mul)(&r, &b->y, &za3);
    return F(eq)(&l, &r);
}

void CURVE(jac_neg)(CURVE_JAC *out, const CURVE_JAC *a)
{
    out->x = a->x;
    F(neg)(&out->y, &a->y);
    out->z = a->z;
}

/* A = X^2, B = Y^2, C = B^2, D = 2((X+B)^2 - A - C), E = 3A, F = E^2;
 * X3 = F - 2D, Y3 = E(D - X3) - 8C, Z3 = 2YZ. No point has Y = 0 (the order is odd); Z = 0 gives Z3 = 0. */
void CURVE(jac_double)(CURVE_JAC *out, const CURVE_JAC *a)
{
    CURVE_FIELD aa, b, c, d, e, f, z3;
    F(mul)(&z3, &a->y, &a->z);
    F(double)(&z3, &z3);
    F(sqr)(&aa, &a->x);
    F(sqr)(&b, &a->y);
    F(sqr)(&c, &b);
    F(add)(&d, &a->x, &b);
    F(sqr)(&d, &d);
    F(sub)(&d, &d, &aa);
    F(sub)(&d, &d, &c);
    F(double)(&d, &d);
    F(double)(&e, &aa);
    F(add)(&e, &e, &aa);
    F(sqr)(&f, &e);
    F(sub)(&f, &f, &d);
    F(sub)(&out->x, &f, &d);
    F(sub)(&d, &d, &out->x);
    F(mul)(&e, &e, &d);
    F(double)(&c, &c);
    F(double)(&c, &c);
    F(double)(&c, &c);
    F(sub)(&out->y, &e, &c);
    out->z = z3;
}

/* The common tail of the additions: X3 = r^2 - J - 2V, Y3 = r(V - X3) - 2*S1*J with H = U2 - U1,
 * I = (2H)^2, J = H*I, V = U1*I, r = 2(S2 - S1). Z3 is the caller's. */
static void add_tail(CURVE_JAC *out, const CURVE_FIELD *u1, const CURVE_FIELD *s1, const CURVE_FIELD *h,
                     const CURVE_FIELD *r)
{
    CURVE_FIELD i, j, v, t;
    F(double)(&i, h);
    F(sqr)(&i, &i);
    F(mul)(&j, h, &i);
    F(mul)(&v, u1, &i);
    F(mul)(&t, s1, &j);
    F(double)(&t, &t);
    F(sqr)(&out->x, r);
    F(sub)(&out->x, &out->x, &j);
    F(sub)(&out->x, &out->x, &v);
    F(sub)(&out->x, &out->x, &v);
    F(sub)(&v, &v, &out->x);
    F(mul)(&v, &v, r);
    F(sub)(&out->y, &v, &t);
}

void CURVE(jac_add)(CURVE_JAC *out, const CURVE_JAC *a, const CURVE_JAC *b)
{
    if (CURVE(jac_is_infinity)(a)) {
        *out = *b;
        return;
    }
    if (CURVE(jac_is_infinity)(b)) {
        *out = *a;
        return;
    }
    CURVE_FIELD z1z1, z2z2, u1, u2, s1, s2, h, r, z3;
    F(sqr)(&z1z1, &a->z);
    F(sqr)(&z2z2, &b->z);
    F(mul)(&u1, &a->x, &z2z2);
    F(mul)(&u2, &b->x, &z1z1);
    F(mul)(&s1, &a->y, &b->z);
    F(mul)(&s1, &s1, &z2z2);
    F(mul)(&s2, &b->y, &a->z);
    F(mul)(&s2, &s2, &z1z1);
    F(sub)(&h, &u2, &u1);
    F(sub)(&r, &s2, &s1);
    if (F(is_zero)(&h)) {
        if (F(is_zero)(&r))
            CURVE(jac_double)(out, a);
        else
            *out = jac_infinity;
        return;
    }
    F(double)(&r, &r);
    F(add)(&z3, &a->z, &b->z);
    F(sqr)(&z3, &z3);
    F(sub)(&z3, &z3, &z1z1);
    F(sub)(&z3, &z3, &z2z2);
    F(mul)(&z3, &z3, &h);
    add_tail(out, &u1, &s1, &h, &r);
    out->z = z3;
}

void CURVE(jac_add_affine)(CURVE_JAC *out, const CURVE_JAC *a, const CURVE_AFFINE *b)
{
    if (CURVE(is_infinity)(b)) {
        *out = *a;
        return;
    }
    if (CURVE(jac_is_infinity)(a)) {
        CURVE(jac_from_affine)(out, b);
        return;
    }
    CURVE_FIELD z1z1, u2, s2, h, hh, r, z3;
    F(sqr)(&z1z1, &a->z);
    F(mul)(&u2, &b->x, &z1z1);
    F(mul)(&s2, &b->y, &a->z);
    F(mul)(&s2, &s2, &z1z1);
    F(sub)(&h, &u2, &a->x);
    F(sub)(&r, &s2, &a->y);
    if (F(is_zero)(&h)) {
        if (F(is_zero)(&r))
            CURVE(jac_double)(out, a);
        else
            *out = jac_infinity;
        return;
    }
    F(double)(&r, &r);
    F(sqr)(&hh, &h);
    F(add)(&z3, &a->z, &h);
    F(sqr)(&z3, &z3);
    F(sub)(&z3, &z3, &z1z1);
    F(sub)(&z3, &z3, &hh);
    const CURVE_FIELD u1 = a->x, s1 = a->y;
    add_tail(out, &u1, &s1, &h, &r);
    out->z = z3;
}

/* Fixed 4-bit windows, most significant first. */
void CURVE(jac_mul)(CURVE_JAC *out, const CURVE_JAC *a, const hcl_fr *s)
{
    CURVE_JAC multiple[16], acc = jac_infinity;
    uint64_t limbs[4];
    hcl_fr_to_limbs(limbs, s);
    multiple[0] = jac_infinity;
    for (int i = 1; i < 16; i++)
        CURVE(jac_add)(&multiple[i], &multiple[i - 1], a);
    for (int bit = 252; bit >= 0; bit -= 4) {
        for (int i = 0; i < 4; i++)
            CURVE(jac_double)(&acc, &acc);
        CURVE(jac_add)(&acc, &acc, &multiple[(limbs[bit / 64] >> (bit % 64)) & 15]);
    }
    *out = acc;
}

void CURVE(mul)(CURVE_JAC *out, const CURVE_AFFINE *a, const hcl_fr *s)
{
    CURVE_JAC p;
    CURVE(jac_from_affine)(&p, a);
    CURVE(jac_mul)(out, &p, s);
}
