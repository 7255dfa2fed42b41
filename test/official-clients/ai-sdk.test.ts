import { describe } from 'vitest'
import { proveUse, stageProof } from './support/prove.ts'
import { AI_SDK_COMPATIBLE, AI_SDK_NATIVE } from './uses/ai-sdk.ts'

describe.each([AI_SDK_NATIVE, AI_SDK_COMPATIBLE])('a program that uses $name', (use) => {
  const stage = stageProof()
  proveUse(use, stage)
})
