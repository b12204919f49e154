/*
 * attention_cluster.h - the kernels of attention in which a cluster of CTAs computes one unit.
 * attention_tma uses them if plan/attention_clusters.h makes such a plan.
 */
#pragma once

#include "../plan/attention_plan.h"

#include <cuda.h>

__BEGIN_DECLS

/* Tensor maps of K and V of all copies, by attention_side. */
struct attention_maps {
    CUtensorMap side[2];
};

/* Indexed by attention_units.kernel; NULL for fp32. The kernels' arguments: struct attention_run,
 * struct attention_maps. */
extern const void *const attention_cluster_kernels[ATTENTION_KERNELS];
extern const void *const attention_cluster_phased[ATTENTION_KERNELS];

__END_DECLS
