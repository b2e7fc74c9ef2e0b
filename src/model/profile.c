/* profile: the table (see profile.h). */
#include "model/profile.h"

static const struct zd_profile profiles[] = {
    /* name, title, url, hosts, health, reasoning, asks_usage, needs_key */
    {"openai", "OpenAI 兼容 / OpenAI-compatible", "", "", "/models", "reasoning_content", true,
     false},
    {"deepseek", "DeepSeek", "https://api.deepseek.com/v1", "deepseek.com", "/models",
     "reasoning_content", true, true},
    {"vllm", "vLLM", "", "", "/models", "reasoning_content", true, false},
    {"sglang", "SGLang", "", "", "/models", "reasoning_content", true, false},
    {"llama-server", "llama.cpp", "http://127.0.0.1:8081/v1", "", "/models", "reasoning_content",
     true, false},
    {"ollama", "Ollama", "http://127.0.0.1:11434/v1", "", "/models", "reasoning", true, false},
    {"qianfan", "百度千帆 Qianfan", "https://qianfan.baidubce.com/v2", "baidubce.com", "/models",
     "reasoning_content", true, true},
    {"dashscope", "阿里云百炼 DashScope", "https://dashscope.aliyuncs.com/compatible-mode/v1",
     "aliyuncs.com", "/models", "reasoning_content", true, true},
    {"hunyuan", "腾讯混元 Hunyuan", "https://api.hunyuan.cloud.tencent.com/v1", "tencent.com",
     "/models", "reasoning_content", false, true},
    {"doubao", "火山方舟 Doubao", "https://ark.cn-beijing.volces.com/api/v3", "volces.com",
     "/models", "reasoning_content", true, true},
    {"zhipu", "智谱 Zhipu", "https://open.bigmodel.cn/api/paas/v4", "bigmodel.cn", "/models",
     "reasoning_content", false, true},
};

const struct zd_profile *zd_profile_at(size_t i)
{
    return i < ZD_COUNT(profiles) ? &profiles[i] : NULL;
}

const struct zd_profile *zd_profile_find(struct zd_str name)
{
    for (size_t i = 0; i < ZD_COUNT(profiles); i++)
        if (zd_str_eq(name, zd_str_c(profiles[i].name)))
            return &profiles[i];
    return NULL;
}
