/*
 * attention_cluster.h - the kernels of attention in which a cluster of CTAs computes one unit.
 * attention_tma uses them if its plan has clusters (plan/attention_clusters.h).
 */
#pragma once

#include "../plan/attention_plan.h"

#include <cuda.h>

__BEGIN_DECLS

/* Two tensor maps, of K and of V, each for all copies of the cache. Indexed by enum attention_side.
 */
struct attention_maps {
    CUtensorMap side[2];
};

/* Indexed by attention_units.kernel. Entries for fp32 are NULL. The kernels take a struct
 * attention_run and a struct attention_maps. */
extern const void *const attention_cluster_kernels[ATTENTION_KERNELS];
extern const void *const attention_cluster_phased[ATTENTION_KERNELS];

__END_DECLS
