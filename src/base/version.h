/*
 * version.h - which pdlab this is. The build gives version.c the numbers.
 */
#pragma once

/* "0.1.0". */
const char *version_number(void);

/* The revision that it was built from; "" if it is not known. */
const char *version_revision(void);

/* The day of that revision, "2026-11-26"; "" if it is not known. */
const char *version_date(void);

/* "pdlab 0.1.0" and, if it is known, the revision: "pdlab 0.1.0 (d4a3c8d12345)". */
const char *version_line(void);

/* What it was built with, in lines: the compiler; nvcc and what it compiled for, or "without CUDA";
 * the libraries. */
const char *version_built(void);
