#pragma once

#include "schema/erd_layers.h"
#include "schema/erd_layout.h"

namespace tide {

// The boxes and lines of a group whose nodes have their places: columns get their x, and between two columns each
// bundle of lines a track of its own to run up and down.
ErdLayout route(const Erd& erd, const ErdLayers& layers, const std::vector<ErdBox>& sizes, const ErdMetrics& metrics);

}  // namespace tide
