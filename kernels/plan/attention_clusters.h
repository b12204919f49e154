/*
 * attention_clusters.h - plans of attention with one cluster of CTAs per unit (attention_run.h).
 * The CTAs of a cluster share the unit's row blocks, and exchange their sums through distributed
 * shared memory. All units run at once, and no cluster waits for another.
 */
#pragma once

#include "attention_plan.h"

__BEGIN_DECLS

#define ATTENTION_CLUSTER_MOST  16u /* CTAs in a cluster */
#define ATTENTION_CLUSTER_SLOTS 64u /* most row blocks in a CTA's ring */

/* Bytes of shared memory that a CTA of `warps` warps needs besides its ring. */
uint32_t attention_cluster_bytes(const struct attention_shape *shape,
                                 const struct attention_units *units, uint32_t warps,
                                 uint32_t parts);

enum attention_clusters {
    ATTENTION_CLUSTERS_NONE,    /* use counters in memory */
    ATTENTION_CLUSTERS_PLANNED, /* everything in *plan is decided except work_bytes */
    ATTENTION_CLUSTERS_REFUSED, /* *error says why */
};

/* Decides whether each unit gets a cluster: because STEP_SYNC asks for it, or because STEP_SYNC is
 * auto and clusters are faster. The caller has started *plan and decided COPIES. */
enum attention_clusters attention_plan_clusters(const struct attention_loader *loader,
                                                const struct knobs *knobs,
                                                const struct device_info *device,
                                                const struct capacity *capacity, struct plan *plan,
                                                struct error *error);

__END_DECLS
