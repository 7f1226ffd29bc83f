#!/usr/bin/env bash
# Compiles pyproject.toml's extras into requirements/: pinned, naming no registry, without CUDA.
# usage: scripts/lock.sh [options for uv, for example --upgrade-package NAME]
set -euo pipefail
cd "$(dirname "$0")/.."
uv=$(scripts/find-uv.sh)

without_cuda=(--no-emit-package triton)
for package in cuda-bindings cuda-pathfinder cuda-toolkit nvidia-nvtx nvidia-cufft nvidia-cufile nvidia-curand nvidia-cusolver \
    nvidia-cusparse nvidia-cublas nvidia-cuda-cupti nvidia-cuda-nvrtc nvidia-cuda-runtime nvidia-nvjitlink; do
    without_cuda+=(--no-emit-package "$package")
done
for package in cublas cuda-cupti cuda-nvrtc cuda-runtime cudnn cufft cufile curand cusolver cusparse cusparselt nccl nvjitlink nvshmem nvtx; do
    for cuda in cu12 cu13; do without_cuda+=(--no-emit-package "nvidia-$package-$cuda"); done
done

compile() { # EXTRA PYTHON_VERSION FILE [options]
    local extra=$1 version=$2 file=$3
    shift 3
    echo "Compiling $file ..."
    "$uv" pip compile pyproject.toml --quiet --extra "$extra" --python-version "$version" --no-emit-index-url \
        --no-annotate --no-header "${without_cuda[@]}" "$@" -o "$file"
}

compile app 3.11 requirements/app.txt "$@"
compile test 3.11 requirements/test.txt -c requirements/app.txt "$@"
compile rivals 3.11 requirements/rivals.txt -c requirements/app.txt "$@"
compile bot 3.10 requirements/bot.txt "$@"
compile test-bot 3.10 requirements/test-bot.txt -c requirements/bot.txt "$@"
