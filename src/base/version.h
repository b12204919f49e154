/*
 * version.h - the version of pdlab, and how it was built. The build passes these facts to
 * version.c.
 */
#pragma once

extern const char version_number[];   /* "0.1.0" */
extern const char version_revision[]; /* the git revision of this build; "": unknown */
extern const char version_date[];     /* the day of that revision, "2026-11-26"; "": unknown */

/* Lines that name the compiler, nvcc and the architectures that nvcc compiled for (or "without
 * CUDA"), and the libraries. */
extern const char version_built[];

/* Returns "pdlab 0.1.0" and, if it is known, the revision: "pdlab 0.1.0 (d4a3c8d12345)". */
const char *version_line(void);
