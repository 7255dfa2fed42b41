import { describe } from 'vitest'
import { proveUse, stageProof } from './support/prove.ts'
import { ANTHROPIC_JS } from './uses/anthropic.ts'

const stage = stageProof()

describe('a program that uses @anthropic-ai/sdk', () => proveUse(ANTHROPIC_JS, stage))
