#include "gpu.h"

#include <nvtx3/nvToolsExt.h>
#include <nvtx3/nvToolsExtPayload.h>
#include <stddef.h>

/* ---- errors --------------------------------------------------------------------------------- */

/* Whether every later CUDA call fails too. CUDA's documentation says about these errors: "the
 * process must be terminated". */
static bool is_sticky(cudaError_t status)
{
    switch (status) {
    case cudaErrorIllegalAddress:
    case cudaErrorLaunchTimeout:
    case cudaErrorAssert:
    case cudaErrorHardwareStackError:
    case cudaErrorIllegalInstruction:
    case cudaErrorMisalignedAddress:
    case cudaErrorInvalidAddressSpace:
    case cudaErrorInvalidPc:
    case cudaErrorLaunchFailure:
    case cudaErrorTensorMemoryLeak:
    case cudaErrorECCUncorrectable:
    case cudaErrorNvlinkUncorrectable:
    case cudaErrorContained:
    case cudaErrorContextIsDestroyed:
    case cudaErrorDevicesUnavailable:
    case cudaErrorUnknown:
        return true;
    default:
        return false;
    }
}

bool gpu_right(cudaError_t status, const char *call, struct error *error)
{
    if (status == cudaSuccess)
        return true;
    const bool lost = is_sticky(status);
    cudaGetLastError(); /* clears the error, so that no later call returns it again */
    return error_set(error, lost ? ERROR_LOST : ERROR_RUN, "%s: %s: %s%s", call,
                     cudaGetErrorName(status), cudaGetErrorString(status),
                     lost ? "; this process has lost the device" : "");
}

bool gpu_finished(cudaStream_t stream, struct error *error)
{
    return gpu_right(cudaGetLastError(), "cudaLaunchKernel", error) &&
           gpu_right(cudaStreamSynchronize(stream), "cudaStreamSynchronize", error);
}

bool gpu_upload(void *to, const void *from, size_t bytes, cudaStream_t stream, struct error *error)
{
    return gpu_right(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, stream),
                     "cudaMemcpyAsync", error) &&
           gpu_right(cudaStreamSynchronize(stream), "cudaStreamSynchronize", error);
}

/* ---- ranges --------------------------------------------------------------------------------- */

static nvtxDomainHandle_t domain;
static uint64_t schema;

static void open_ranges(void)
{
    static const nvtxPayloadSchemaEntry_t entries[] = {
#define KNOB(ID, field, ...)                                                                       \
    {.type = NVTX_PAYLOAD_ENTRY_TYPE_INT64, .name = #ID, .offset = offsetof(struct knobs, field)},
#include "../knobs.def"
#undef KNOB
    };
    const nvtxPayloadSchemaAttr_t attributes = {
        .fieldMask = NVTX_PAYLOAD_SCHEMA_ATTR_FIELD_TYPE | NVTX_PAYLOAD_SCHEMA_ATTR_FIELD_NAME |
                     NVTX_PAYLOAD_SCHEMA_ATTR_FIELD_ENTRIES |
                     NVTX_PAYLOAD_SCHEMA_ATTR_FIELD_NUM_ENTRIES |
                     NVTX_PAYLOAD_SCHEMA_ATTR_FIELD_STATIC_SIZE,
        .name = "knobs",
        .type = NVTX_PAYLOAD_SCHEMA_TYPE_STATIC,
        .entries = entries,
        .numEntries = sizeof entries / sizeof *entries,
        .payloadStaticSize = sizeof(struct knobs),
    };
    domain = nvtxDomainCreateA("pdlab");
    schema = nvtxPayloadSchemaRegister(domain, &attributes);
}

uint64_t gpu_range_begin(const char *name, const struct knobs *knobs)
{
    if (!domain && !schema)
        open_ranges();
    const nvtxPayloadData_t payload = {.schemaId = schema, .size = sizeof *knobs, .payload = knobs};
    nvtxEventAttributes_t attributes = {
        .version = NVTX_VERSION,
        .size = NVTX_EVENT_ATTRIB_STRUCT_SIZE,
        .messageType = NVTX_MESSAGE_TYPE_ASCII,
        .message.ascii = name,
        /* Does the same as NVTX_PAYLOAD_EVTATTR_SET_DATA, which does not compile in C: a
         * parenthesis is missing. */
        .payloadType = NVTX_PAYLOAD_TYPE_EXT,
        .reserved0 = 1,
        .payload.ullValue = (uintptr_t)&payload,
    };
    return nvtxDomainRangeStartEx(domain, &attributes);
}

void gpu_range_end(uint64_t range)
{
    nvtxDomainRangeEnd(domain, range);
}
