//! NVRTC: compiles the kernels to machine code for one kind of device.
//!
//! Machine code rather than PTX: a driver refuses the PTX of a newer compiler, but runs the machine code of any
//! compiler of its own major version.
#![expect(
    unsafe_code,
    reason = "calls of the compiler's C interface: each gets a program that was made just before and is destroyed after"
)]

use std::ffi::{CStr, c_char};

use candle_core::cuda::cudarc::nvrtc::{Ptx, result, sys};

/// Source of the kernels.
const SOURCE: &str = include_str!("kernels.cu");

/// The machine code of the kernels for a compute capability, or the reason why it cannot be compiled.
pub fn binary((major, minor): (i32, i32)) -> Result<Ptx, String> {
    let source = std::ffi::CString::new(SOURCE).map_err(|e| e.to_string())?;
    let program = result::create_program(&source, Some(c"kernels.cu")).map_err(|e| {
        format!("NVRTC, the CUDA compiler library, cannot be used ({e}); is libnvrtc installed?")
    })?;
    let binary = compiled(program, &format!("--gpu-architecture=sm_{major}{minor}"));
    // SAFETY: `program` was created above and is not used afterwards.
    let destroyed = unsafe { result::destroy_program(program) };
    let binary = binary?;
    destroyed.map_err(|e| format!("NVRTC: {e}"))?;
    Ok(Ptx::from_binary(binary))
}

fn compiled(program: sys::nvrtcProgram, option: &str) -> Result<Vec<u8>, String> {
    // SAFETY: `program` is alive; `size` and `binary` are writable, and `binary` has the size asked for.
    unsafe {
        result::compile_program(program, &[option])
            .map_err(|e| format!("NVRTC {option}: {e}: {}", log(program)))?;
        let mut size = 0;
        sys::nvrtcGetCUBINSize(program, &raw mut size)
            .result()
            .map_err(|e| format!("NVRTC: {e}"))?;
        let mut binary = vec![0_u8; size];
        sys::nvrtcGetCUBIN(program, binary.as_mut_ptr().cast::<c_char>())
            .result()
            .map_err(|e| format!("NVRTC: {e}"))?;
        Ok(binary)
    }
}

/// The compiler's log in one line.
fn log(program: sys::nvrtcProgram) -> String {
    // SAFETY: `program` is alive.
    let text = unsafe { result::get_program_log(program) }.unwrap_or_default();
    let bytes: Vec<u8> = text.into_iter().map(|c| c as u8).collect();
    let text = CStr::from_bytes_until_nul(&bytes).map_or("".into(), CStr::to_string_lossy);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
